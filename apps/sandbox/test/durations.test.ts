import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { readDurations, usualSeconds, withMove, writeDurations } from '../src/durations.ts'
import { Watch } from '../src/watch.ts'

const done = (phase: string, seconds: number) => ({ phase, state: 'done' as const, seconds })

describe('the estimate learns from earlier runs', () => {
  test.each([
    { seen: [], usual: 10, why: 'before the first run it comes from the table' },
    { seen: [42], usual: 42, why: 'one run is enough' },
    { seen: [4, 2], usual: 3, why: 'of two, what lies between' },
    { seen: [9, 1, 5], usual: 5, why: 'the median, not the mean' },
    { seen: [900, 3, 3, 3, 3], usual: 3, why: 'one slow run does not spoil it' },
  ])('$why', ({ seen, usual }) => {
    const durations = seen.reduce<ReturnType<typeof readDurations>>(
      (before, seconds) => withMove(before, 'local', [done('export', seconds)], 1),
      {},
    )
    expect(usualSeconds(durations, 'local', 'export')).toBe(usual)
    expect(usualSeconds(durations, 'sbs', 'export')).toBe(10)
    expect(usualSeconds(durations, 'local', 'import')).toBe(10)
  })

  test('only the last nine count', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(1000), { minLength: 9, maxLength: 40 }), (seen) => {
        const all = seen.reduce<ReturnType<typeof readDurations>>(
          (before, seconds) => withMove(before, 'sbs', [done('import', seconds)], 1),
          {},
        )
        const last = seen.slice(-9)
        expect(all).toEqual({ 'sbs import': last })
        expect(usualSeconds(all, 'sbs', 'import')).toBe(last.toSorted((a, b) => a - b)[4])
      }),
    )
  })

  test('what was watched at five times the speed is remembered at real speed; what is not done, not at all', () => {
    const phases = [done('export', 3), { phase: 'import', state: 'failed' as const, seconds: 7 }]
    expect(withMove({}, 'local', phases, 5)).toEqual({ 'local export': [15] })
  })

  test('the screen tells what is left of what is usual for this kind of disk', () => {
    const view = new Watch(2, (kind, phase) => (kind === 'sbs' && phase === 'export' ? 60 : 10))
    const answer = {
      id: 'm',
      state: 'running',
      done: false,
      phase: 'export',
      attempt: 1,
      createTime: '',
      leftovers: [],
    }
    const watched = {
      name: 'SBS disk',
      id: 'm',
      from: 'a',
      to: 'b',
      phases: ['export', 'import'],
      kind: 'sbs',
    }
    expect(view.moveOf(watched, answer, 0).leftSeconds).toBe(35)
    expect(view.moveOf(watched, answer, 12_000).leftSeconds).toBe(23)
    expect(view.moveOf(watched, answer, 90_000).leftSeconds).toBe(5)
  })
})

describe('the memory', () => {
  const folder = mkdtempSync(join(tmpdir(), 'snapferry-durations-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  test('is read as it was written, and nothing else is left beside it', () => {
    const file = join(folder, 'durations.json')
    writeDurations(file, { 'local export': [1, 2.5] })
    expect(readDurations(file)).toEqual({ 'local export': [1, 2.5] })
    expect(readdirSync(folder)).toEqual(['durations.json'])
  })

  test.each([
    { text: '', is: {} },
    { text: '{"local export": [1,', is: {} },
    { text: 'null', is: {} },
    { text: '{"local export": 4, "sbs import": [1, "x", -3, null, 2]}', is: { 'sbs import': [1, 2] } },
  ])('that is damaged ($text) is worth what can be read of it', ({ text, is }) => {
    const file = join(folder, 'damaged.json')
    writeFileSync(file, text)
    expect(readDurations(file)).toEqual(is)
    expect(readDurations(join(folder, 'nowhere.json'))).toEqual({})
  })
})
