import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'

const NODE_MAJOR = 24

/** Megabytes over the network for one package, measured on Linux x64 in November 2026. */
const DOWNLOAD_MB = { node: 57, pnpm: 36 }

/**
 * The absolute paths of Node 24 and of the pnpm that package.json pins: the running and installed ones where they fit,
 * else fetched once through npx and remembered in `.snapferry/toolchain.json`.
 * @param {URL} root the repository
 * @returns {{ node: string, pnpm: string }}
 */
export function findToolchain(root) {
  const pnpmVersion = pinnedPnpm(root)
  const file = fileURLToPath(new URL('.snapferry/toolchain.json', root))
  const running = Number(process.versions.node.split('.')[0]) >= NODE_MAJOR ? process.execPath : null
  const remembered = remembering(file, pnpmVersion)
  if (remembered !== null) return { node: running ?? remembered.node, pnpm: remembered.pnpm }
  const pnpm = installedPnpm(pnpmVersion)
  const isHere = running !== null && pnpm !== null
  const toolchain = isHere ? { node: running, pnpm } : fetchMissing({ node: running, pnpm, pnpmVersion })
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, `${JSON.stringify({ ...toolchain, pnpmVersion }, null, 2)}\n`)
  return toolchain
}

/**
 * The environment for everything that is started: Node 24 and pnpm come first on PATH, because turbo looks for both there.
 * @param {{ node: string, pnpm: string }} toolchain
 * @param {NodeJS.ProcessEnv} env
 */
export function withToolchain(toolchain, env) {
  const folders = new Set([dirname(toolchain.node), dirname(toolchain.pnpm)])
  return {
    ...env,
    PATH: [...folders, env.PATH ?? ''].join(delimiter),
    TURBO_TELEMETRY_DISABLED: '1',
    TURBO_NO_UPDATE_NOTIFIER: '1',
  }
}

function pinnedPnpm(root) {
  const { packageManager } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8'))
  return packageManager.replace(/^pnpm@/, '').replace(/\+.*$/, '')
}

/** What an earlier start found, if the same pnpm is asked for and both are still where they were. */
function remembering(file, pnpmVersion) {
  try {
    const seen = JSON.parse(readFileSync(file, 'utf8'))
    const same = seen.pnpmVersion === pnpmVersion
    return same && existsSync(seen.node) && existsSync(seen.pnpm)
      ? { node: seen.node, pnpm: seen.pnpm }
      : null
  } catch {
    return null
  }
}

function installedPnpm(version) {
  const path = (process.env.PATH ?? '')
    .split(delimiter)
    .map((folder) => join(folder, 'pnpm'))
    .find((candidate) => existsSync(candidate))
  if (path === undefined) return null
  // Asked outside the repository: inside, a pnpm of another version would fetch the pinned one by itself.
  const env = { ...process.env, COREPACK_ENABLE_DOWNLOAD_PROMPT: '0', COREPACK_ENABLE_NETWORK: '0' }
  const asked = spawnSync(path, ['--version'], { cwd: tmpdir(), encoding: 'utf8', env, timeout: 10_000 })
  return asked.status === 0 && asked.stdout.trim() === version ? path : null
}

function fetchMissing({ node, pnpm, pnpmVersion }) {
  const missing = []
  if (node === null)
    missing.push({ say: `Node ${NODE_MAJOR}`, spec: `node@${NODE_MAJOR}`, mb: DOWNLOAD_MB.node })
  if (pnpm === null)
    missing.push({ say: `pnpm ${pnpmVersion}`, spec: `pnpm@${pnpmVersion}`, mb: DOWNLOAD_MB.pnpm })
  const what = missing.map(({ say, mb }) => `${say} (about ${mb} MB)`).join(' and ')
  console.error(
    `Looking for ${what}\nin npm's cache, else fetching: once, into npm's cache, nothing is installed.`,
  )
  const script =
    'process.stdout.write(JSON.stringify([process.versions.node, process.execPath, process.env.PATH]))'
  const args = [
    '--yes',
    '--loglevel=error',
    ...missing.flatMap(({ spec }) => ['-p', spec]),
    '--',
    'node',
    '-e',
    script,
  ]
  // Run from the system's temporary folder: a package.json in the working folder would be asked first.
  const fetched = spawnSync('npx', args, {
    cwd: tmpdir(),
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const answer = readAnswer(fetched.stdout)
  if (fetched.status !== 0 || answer === null) throw new Error(unfetched(what, fetched))
  const [version, execPath, path] = answer
  if (node === null && Number(version.split('.')[0]) < NODE_MAJOR) {
    const why = `npx brought Node ${version}; does npm's setting ignore-scripts keep the package "node" from unpacking?`
    throw new Error(`${why}\nInstall Node ${NODE_MAJOR} from https://nodejs.org, then say the same again.`)
  }
  return { node: node ?? execPath, pnpm: pnpm ?? firstOnPath('pnpm', path) }
}

function readAnswer(stdout) {
  try {
    return JSON.parse(stdout.slice(stdout.indexOf('[')))
  } catch {
    return null
  }
}

function firstOnPath(name, path) {
  const found = path
    .split(delimiter)
    .map((folder) => join(folder, name))
    .find((candidate) => existsSync(candidate))
  if (found === undefined)
    throw new Error(`npx did not bring ${name}; install it with: npm install -g ${name}`)
  return found
}

function unfetched(what, { error, stderr }) {
  const words = (error?.message ?? stderr ?? '').trim().split('\n').slice(0, 4).join('\n  ')
  return (
    `Could not fetch ${what} from the npm registry.\n  ${words}\n` +
    `Check the connection (and npm's proxy setting), or install Node ${NODE_MAJOR} and pnpm yourself; then say the same again.`
  )
}
