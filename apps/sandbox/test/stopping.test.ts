import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { launch, ownedBy, type Run, runFolders, start } from './started.ts'

const LIMIT_MS = 60_000

/** Waits until the run folder holds a file or folder of this name. */
async function untilThere({ data }: Run, name: string): Promise<void> {
  const there = (): readonly string[] => runFolders(data).flatMap((run) => readdirSync(join(data, run)))
  await expect.poll(there, { interval: 5, timeout: LIMIT_MS }).toContain(name)
}

async function untilOwned({ data }: Run, what: RegExp): Promise<void> {
  await expect.poll(() => ownedBy(data).join('\n'), { interval: 5, timeout: LIMIT_MS }).toMatch(what)
}

const MOMENTS: readonly { readonly when: string; readonly until: (run: Run) => Promise<unknown> }[] = [
  { when: 'with its first line', until: (run) => run.says(/nothing here reaches Scaleway/) },
  { when: 'when Redis is being started', until: (run) => untilThere(run, 'redis') },
  { when: 'when Redis runs, in a process group of its own', until: (run) => untilOwned(run, /redis-server/) },
  { when: 'when the emulator is being started', until: (run) => untilThere(run, 'emulator.log') },
  { when: 'when the API is being started', until: (run) => untilThere(run, 'api.log') },
  { when: 'when the worker is being started', until: (run) => untilThere(run, 'worker.log') },
]

describe('a signal before it is ready leaves nothing: no process, no folder, exit 130', () => {
  test.each(MOMENTS)('$when', { timeout: LIMIT_MS }, async ({ until }) => {
    const run = start('--speed', '5')
    await until(run)
    run.child.kill('SIGTERM')
    const { code, text } = await run.ended

    expect(ownedBy(run.data)).toEqual([])
    expect(runFolders(run.data)).toEqual([])
    expect(text).not.toContain('worker pid')
    expect(code, text).toBe(130)
  })

  test('before its first line there is nothing to stop', { timeout: LIMIT_MS }, async () => {
    const run = start()
    run.child.kill('SIGTERM')
    const { code, signal } = await run.ended

    expect(signal ?? code).toBe('SIGTERM')
    expect(ownedBy(run.data)).toEqual([])
    expect(runFolders(run.data)).toEqual([])
  })

  test('a second one ends it at once, and still nothing is left', { timeout: LIMIT_MS }, async () => {
    const run = start('--speed', '5')
    await untilThere(run, 'worker.log')
    run.child.kill('SIGINT')
    run.child.kill('SIGTERM')
    const { code } = await run.ended

    expect(code).toBe(130)
    await expect.poll(() => ownedBy(run.data)).toEqual([])
    expect(runFolders(run.data)).toEqual([])
  })
})

describe('npm start', () => {
  test.each([
    { when: 'while it starts', until: MOMENTS[3]!.until },
    { when: 'while it carries', until: (run: Run) => run.says(/worker pid \d+/) },
  ])('SIGTERM $when reaches the sandbox through the launcher', { timeout: LIMIT_MS }, async ({ until }) => {
    const run = launch('--speed', '5')
    await until(run)
    run.child.kill('SIGTERM')
    const { code, text } = await run.ended

    expect(ownedBy(run.data)).toEqual([])
    expect(runFolders(run.data)).toEqual([])
    expect(code, text).toBe(130)
  })

  test('Ctrl-C, which the whole foreground hears, starts nothing again', { timeout: LIMIT_MS }, async () => {
    const run = start('--speed', '5')
    await run.says(/worker pid \d+/)
    process.kill(-(run.child.pid ?? 0), 'SIGINT')
    const { code, text } = await run.ended

    expect(text).not.toContain('is being started again')
    expect(ownedBy(run.data)).toEqual([])
    expect(runFolders(run.data)).toEqual([])
    expect(code, text).toBe(130)
  })
})

test('a sandbox that is killed with SIGKILL leaves no process and no folder', {
  timeout: LIMIT_MS,
}, async () => {
  const run = start('--speed', '5')
  await run.says(/worker pid/)
  expect(ownedBy(run.data).length).toBeGreaterThanOrEqual(4)
  run.child.kill('SIGKILL')
  await run.ended

  await expect.poll(() => ownedBy(run.data), { timeout: 10_000 }).toEqual([])
  await expect.poll(() => runFolders(run.data), { timeout: 10_000 }).toEqual([])
})
