/**
 * What `npm start` and `npm test` run: plain JavaScript for any Node >= 20 with only npm beside it.
 * It finds (or fetches) Node 24 and pnpm, installs the packages when the lockfile changed, and hands over.
 */
import process from 'node:process'
import { installPackages } from './launch/packages.mjs'
import { runToTheEnd } from './launch/run.mjs'
import { testToolsFolder } from './launch/test-tools.mjs'
import { findToolchain, withToolchain } from './launch/toolchain.mjs'

/** Said before anything is fetched; start.ts says it when it is run by itself. */
const BANNER = 'Snapferry sandbox: nothing here reaches Scaleway; the provider is emulated.'

const root = new URL('../../', import.meta.url)
const [order, ...rest] = process.argv.slice(2)

async function main() {
  if (order !== 'start' && order !== 'test') {
    console.error('Say what to do: npm start [-- options], or npm test.')
    return 2
  }
  if (order === 'start' && !rest.includes('--cloud')) console.log(BANNER)
  const toolchain = findToolchain(root)
  const env = withToolchain(toolchain, process.env)
  installPackages({ root, toolchain, env })
  if (order === 'start') {
    const start = new URL('apps/sandbox/src/start.ts', root).pathname
    return await runToTheEnd(toolchain.node, [start, '--launched', ...rest], { cwd: root, env })
  }
  const tools = testToolsFolder({ root, toolchain, env })
  const withTools = tools === '' ? env : { ...env, PATH: `${tools}:${env.PATH}` }
  return await runToTheEnd(toolchain.pnpm, ['verify', ...rest], { cwd: root, env: withTools })
}

main().then(
  (code) => {
    process.exitCode = code
  },
  (error) => {
    console.error(`\n${error instanceof Error ? error.message : error}`)
    process.exitCode = 1
  },
)
