import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'

const BIN = fileURLToPath(new URL('../chaos/bin.ts', import.meta.url))

/** Starts it with a folder for temporary files of its own; it ends with the test, whatever comes of that. */
function start(args: readonly string[]) {
  const folder = mkdtempSync(join(tmpdir(), 'snapferry-chaos-test-'))
  const child = spawn(process.execPath, [BIN, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, TMPDIR: folder },
  })
  const closed = once(child, 'close')
  onTestFinished(async ({ task }) => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGINT')
    await closed
    // After a failure the logs are in there.
    if (task.result?.state !== 'fail') rmSync(folder, { recursive: true, force: true })
  }, 30_000)
  let said = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (data) => {
      said += String(data)
    })
  }
  return { child, closed, folder, said: () => said }
}

/** The processes whose parent this is, by /proc. */
function childrenOf(parent: number): string[] {
  return readdirSync('/proc').filter((name) => {
    if (!/^\d+$/.test(name)) return false
    try {
      const [, ppid] = readFileSync(`/proc/${name}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
      return Number(ppid) === parent
    } catch {
      return false
    }
  })
}

const ZEROS = [
  'second copies',
  'succeeded without its copy',
  'copies or kept images whose content differs',
  'unlisted leftovers',
  'foreign things touched',
  'good copies removed',
]

test('a short run under kills, freezes and faults: nothing lost, nothing twice, nothing left', async ({
  task,
}) => {
  const outcome = 'every migration ended, one copy or none'
  Object.assign(task.meta, { faults: [{ step: 'any', fault: 'redis restarted', outcome }] })
  const { closed, said } = start(['--short'])
  const [code] = await closed

  for (const zero of ZEROS) expect(said()).toMatch(new RegExp(`✔ ${zero} +0 +0`))
  expect(said()).toMatch(/✔ accepted = ended +(\d+) = \1 /)
  expect(said()).toMatch(/✔ longest recovery after SIGKILL/)
  expect(said()).toMatch(/✔ longest recovery when the next was killed too/)
  expect(said()).toMatch(/✔ SIGKILLs of workers/)
  expect(code, said()).toBe(0)
}, 240_000)

test('Ctrl-C leaves no process and no folder behind', async () => {
  const { child, closed, folder, said } = start(['--short', '--seed', '1'])
  while (!said().includes('The storm begins')) {
    await Promise.race([once(child.stdout, 'data'), closed])
    expect(child.exitCode, said()).toBe(null)
  }
  expect(readdirSync(folder)).toContainEqual(expect.stringMatching(/^snapferry-chaos-/))
  const children = childrenOf(child.pid ?? 0)
  expect(children.length).toBeGreaterThan(5)

  child.kill('SIGINT')
  const [code] = await closed

  expect(code).toBe(130)
  expect(children.filter((pid) => existsSync(`/proc/${pid}`))).toEqual([])
  expect(readdirSync(folder)).toEqual([])
}, 60_000)

test.each([
  [['--help'], 0, 'SIGKILL of workers'],
  [['--minutes', 'x'], 2, '--minutes takes a number'],
])('%j ends with %i', async (args, code, words) => {
  const { closed, said } = start(args)
  const [ended] = await closed

  expect(ended).toBe(code)
  expect(said()).toContain(words)
})
