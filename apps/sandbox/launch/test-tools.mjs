import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/**
 * The folder with `redis-server` and `qemu-img` for the tests where PATH lacks them; empty when PATH has both.
 * @param {{ root: URL, toolchain: { node: string }, env: NodeJS.ProcessEnv }} needs
 * @returns {string}
 */
export function testToolsFolder({ root, toolchain, env }) {
  const script = fileURLToPath(new URL('apps/sandbox/src/test-tools.ts', root))
  const data = fileURLToPath(new URL('.snapferry', root))
  const found = spawnSync(toolchain.node, [script, data], {
    env,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  if (found.status !== 0) throw new Error('The tests need redis-server and qemu-img; see above.')
  return found.stdout.trim()
}
