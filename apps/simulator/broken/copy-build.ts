import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'

/** One change of one file: `find` stands there exactly once. */
export interface Edit {
  /** From the root of the repository. */
  readonly file: string
  readonly find: string
  readonly replace: string
}

const ROOT = join(import.meta.dirname, '../../..')
/** What the simulator runs, directly or not: everything that may import what is changed has to be a copy as well. */
const FOLDERS = [
  ...['packages/migration', 'packages/contracts', 'packages/qcow2', 'packages/redis', 'packages/scaleway'],
  ...['packages/telemetry', 'apps/api', 'apps/worker', 'apps/simulator'],
]
/** Neither tests nor what they leave behind belong to a program. */
const LEFT_OUT = new Set(['test', 'test-report.json', '.turbo', 'fixtures', 'results'])

/**
 * A copy of the simulator and of all it runs in a temporary folder, changed in these places. What others wrote is
 * linked. Throws when a place is not there exactly once: a change that changes nothing proves nothing.
 */
export function copyBuild(edits: readonly Edit[]): string {
  const to = mkdtempSync(join(tmpdir(), 'snapferry-broken-'))
  symlinkSync(join(ROOT, 'node_modules'), join(to, 'node_modules'))
  for (const folder of FOLDERS) {
    const from = join(ROOT, folder)
    mkdirSync(join(to, folder), { recursive: true })
    // The links of a package are relative: those to ours lead to the copies, those to others through the root's.
    cpSync(from, join(to, folder), {
      ...{ recursive: true, verbatimSymlinks: true },
      filter: (path) => !LEFT_OUT.has(relative(from, path).split('/')[0] ?? ''),
    })
  }
  try {
    for (const edit of edits) change(join(to, edit.file), edit)
  } catch (error) {
    rmSync(to, { recursive: true, force: true })
    throw error
  }
  return to
}

function change(path: string, { file, find, replace }: Edit): void {
  const parts = readFileSync(path, 'utf8').split(find)
  if (parts.length !== 2)
    throw new Error(`${file} has ${parts.length - 1} places that read "${find}": write the change anew`)
  writeFileSync(path, parts.join(replace))
}
