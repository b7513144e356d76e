import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import process from 'node:process'
import { fileURLToPath } from 'node:url'

/** Megabytes over the network for all packages, measured on Linux x64 in November 2026. */
const DOWNLOAD_MB = 80

/**
 * Installs the packages of the lockfile unless node_modules was made from this very lockfile. Silent when nothing is to do.
 * @param {{ root: URL, toolchain: { pnpm: string }, env: NodeJS.ProcessEnv }} needs
 */
export function installPackages({ root, toolchain, env }) {
  const lock = createHash('sha256')
    .update(readFileSync(new URL('pnpm-lock.yaml', root)))
    .digest('hex')
  const marker = new URL('node_modules/.snapferry-lock', root)
  if (existsSync(marker) && readFileSync(marker, 'utf8') === lock) return
  if (!existsSync(new URL('node_modules', root))) {
    console.error(
      `Installing the packages into node_modules\n(about ${DOWNLOAD_MB} MB unless pnpm has them already).`,
    )
  }
  const installed = spawnSync(toolchain.pnpm, ['install', '--frozen-lockfile', '--reporter=append-only'], {
    cwd: fileURLToPath(root),
    // CI: pnpm then never waits for an answer at a terminal nobody sees.
    env: { ...env, CI: 'true' },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  if (installed.status !== 0) throw new Error(notInstalled(installed))
  writeFileSync(marker, lock)
}

function notInstalled({ error, stdout, stderr }) {
  const words = error?.message ?? `${stdout ?? ''}${stderr ?? ''}`
  const last = words.trim().split('\n').slice(-12).join('\n  ')
  const fix = words.includes('OUTDATED_LOCKFILE')
    ? 'A package.json changed without the lockfile: run pnpm install, then say the same again.'
    : 'Check the connection to the npm registry, then say the same again.'
  return `Could not install the packages.\n  ${last}\n${fix}${process.platform === 'win32' ? ' (Windows: use WSL.)' : ''}`
}
