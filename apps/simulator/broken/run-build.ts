import { execFile } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { copyBuild, type Edit } from './copy-build.ts'
import type { Found } from './until-broken.ts'

/** Runs of the simulator within which a broken build must be found. */
export const RUNS_MAX = 2_000
const FIRST_SEED = 1
const LIMIT_MS = 5 * 60_000

/** Builds the simulator with these changes and lets it run until it finds something. */
export async function runBuild(edits: readonly Edit[]): Promise<Found> {
  const build = copyBuild(edits)
  try {
    const program = join(build, 'apps/simulator/broken/bin.ts')
    const args = [program, `${FIRST_SEED}`, `${RUNS_MAX}`]
    const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: LIMIT_MS })
    return JSON.parse(stdout) as Found
  } finally {
    rmSync(build, { recursive: true, force: true })
  }
}
