import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { SABOTAGES } from '../src/options.ts'
import { EXPECTED } from '../src/sabotage.ts'
import { ownedBy, runFolders, start } from './started.ts'

const LIMIT_MS = 120_000

/** The lines that a terminal of 80 columns would break. */
function tooWide(text: string): readonly string[] {
  return text.split('\n').filter((line) => [...line].length > 80)
}

describe('npm start -- --once', () => {
  test('carries two disks and proves them from outside', { timeout: LIMIT_MS }, async () => {
    const run = start('--once', '--speed', '5')
    const { code, text } = await run.ended

    expect(text.split('\n')[0]).toContain('nothing here reaches Scaleway')
    expect(text.match(/✔ equal/g)).toHaveLength(2)
    expect(text.match(/1 copy in fr-par-2/g)).toHaveLength(2)
    expect(text).toContain('left in bucket sandbox-staging: 0 objects')
    expect(text).toContain('No errors were found on the image.')
    expect(text).toMatch(/calls the provider counted until the copies were there: \d+ for 2 moves/)
    expect(text).toContain('left in fr-par-1: 0 snapshots of ours')
    expect(text).toContain('sources in fr-par-1: 2 of 2 untouched (name, tags, size, state, project)')
    expect(tooWide(text)).toEqual([])
    expect(existsSync(join(run.data, 'durations.json'))).toBe(true)
    expect(runFolders(run.data)).toEqual([])
    expect(code, text).toBe(0)
  })

  test('a worker that is killed in the middle is started again, and the disks arrive all the same', {
    timeout: LIMIT_MS,
  }, async () => {
    const run = start('--once', '--speed', '5')
    const [, pid] = await run.says(/worker pid (\d+)/)
    await run.says(/running · export · The provider is writing/)
    process.kill(Number(pid), 'SIGKILL')
    const { code, text } = await run.ended

    expect(text).toContain('worker died (SIGKILL); it is being started again')
    expect(text.match(/✔ equal/g)).toHaveLength(2)
    expect(code, text).toBe(0)
  })
})

describe('what is spoiled on purpose is found', () => {
  test.each(SABOTAGES)('--sabotage %s', { timeout: LIMIT_MS }, async (sabotage) => {
    const { code, text } = await start('--sabotage', sabotage).ended

    const finding = EXPECTED[sabotage]
    // A finding that is too long for one line goes on in the next, under its first word.
    const joined = text.replaceAll(/\n {7}(?=\S)/g, ' ')
    expect(tooWide(text)).toEqual([])
    if (finding === null) {
      expect(text.match(/1 copy in fr-par-2/g), text).toHaveLength(2)
      expect(text).toContain('lost on purpose: 2;')
    } else expect(joined.match(new RegExp(`FOUND: .*${finding}`, 'g')), text).toHaveLength(2)
    expect(code).toBe(finding === null ? 0 : 1)
  })
})

describe('taken ports', () => {
  test('are replaced by free ones, which are printed and serve', { timeout: LIMIT_MS }, async () => {
    const other = createServer()
    await new Promise<unknown>((resolve) => {
      // Taken by another program of this machine: just as good.
      other.once('listening', resolve).once('error', resolve).listen(8080, '127.0.0.1')
    })
    const run = start('--speed', '5')
    const [, said] = await run.says(/Port 8080 is taken: the API takes (\d+)\./)
    const [, port] = await run.says(/API http:\/\/127\.0\.0\.1:(\d+) /)
    const answer = await fetch(`http://127.0.0.1:${port}/livez`)
    run.child.kill('SIGTERM')
    await run.ended
    other.close()

    expect(port).toBe(said)
    expect(port).not.toBe('8080')
    expect(answer.status).toBe(200)
  })
})

describe('leaving', () => {
  test('whoever reads no more of it (a closed pipe) stops it and every child', {
    timeout: LIMIT_MS,
  }, async () => {
    const run = start('--once', '--speed', '5')
    await run.says(/worker pid/)
    expect(ownedBy(run.data).length).toBeGreaterThanOrEqual(5)
    run.child.stdout?.destroy()
    await once(run.child, 'exit')

    expect(ownedBy(run.data)).toEqual([])
    expect(runFolders(run.data)).toEqual([])
  })

  test.each([
    { args: ['--sabotage', 'nonsense'], says: '--sabotage takes one of' },
    { args: ['--speed', '0'], says: '--speed takes a number' },
    { args: ['--frobnicate'], says: 'see npm start -- --help' },
  ])('$args is refused with what may be said, and nothing is started', async ({ args, says }) => {
    const { code, text } = await start(...args).ended
    expect(text).toContain(says)
    expect(code).toBe(2)
  })
})
