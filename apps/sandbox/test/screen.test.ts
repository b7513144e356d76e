import fc from 'fast-check'
import stringWidth from 'string-width'
import { describe, expect, test } from 'vitest'
import { fold } from '../src/columns.ts'
import { HELP } from '../src/options.ts'
import { blockOf, type Move, plainOf, SCREEN, screenOf } from '../src/screen.ts'
import { callLines, whereNext } from '../src/where-next.ts'

const anyText = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 200 }),
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.constantFrom(
    '\u001b[31mred\u001b[0m',
    '\n\n\n',
    '\u001b[2J',
    '漢字'.repeat(60),
    '👩‍👩‍👧‍👦'.repeat(50),
    '\u202eabc',
  ),
)
const seconds = fc.double({ min: 0, max: 1e7, noNaN: true })
const anyMove: fc.Arbitrary<Move> = fc.record({
  name: anyText,
  id: anyText,
  from: anyText,
  to: anyText,
  state: anyText,
  phases: fc.array(
    fc.record({
      phase: anyText,
      state: fc.constantFrom('waiting', 'running', 'done', 'failed'),
      seconds: fc.option(seconds),
    }),
    { maxLength: 8 },
  ),
  elapsedSeconds: seconds,
  leftSeconds: fc.option(seconds),
  why: fc.option(anyText),
  attempt: fc.nat(),
})

/** As a terminal would count: one line, so wide. */
function expectFits(line: string, columns: number): void {
  expect(line).not.toMatch(/\p{Cc}/u)
  expect(stringWidth(line)).toBeLessThanOrEqual(columns)
}

describe('whatever the provider and the API say', () => {
  test('the display fits the terminal: never wider than 80 columns, fewer than 40 lines, one row for the cursor', () => {
    const room = fc.record({
      columns: fc.integer({ min: 1, max: 300 }),
      rows: fc.integer({ min: 2, max: 200 }),
    })
    fc.assert(
      fc.property(
        fc.array(anyMove, { maxLength: 30 }),
        fc.array(anyText, { maxLength: 4 }),
        room,
        (moves, head, at) => {
          const lines = screenOf(moves, head, at)
          expect(lines.length).toBeLessThan(Math.min(at.rows, SCREEN.rows))
          for (const line of lines) expectFits(line, Math.min(at.columns, 80))
        },
      ),
    )
  })

  test('a block is at most four lines, and the line for a log is one', () => {
    fc.assert(
      fc.property(anyMove, (move) => {
        expect(blockOf(move).length).toBeLessThanOrEqual(4)
        for (const line of [...blockOf(move), plainOf(move)]) expectFits(line, 80)
      }),
    )
  })

  test('a folded text keeps every word, in lines that fit', () => {
    const words = fc.array(fc.stringMatching(/^[a-z0-9-]{1,30}$/), { minLength: 1, maxLength: 40 })
    fc.assert(
      fc.property(words, fc.integer({ min: 32, max: 80 }), (all, columns) => {
        const lines = fold(all.join(' '), columns)
        for (const line of lines) expectFits(line, columns)
        expect(lines.flatMap((line) => line.trim().split(' '))).toEqual(all)
      }),
    )
    fc.assert(fc.property(anyText, (text) => fold(text, 80).every((line) => stringWidth(line) <= 80)))
  })
})

const moving: Move = {
  name: 'local disk',
  id: 'a',
  from: 'fr-par-1',
  to: 'fr-par-2',
  state: 'running',
  phases: [
    { phase: 'export', state: 'done', seconds: 612 },
    { phase: 'inspect', state: 'done', seconds: 601 },
    { phase: 'import', state: 'running', seconds: 655 },
    { phase: 'verify', state: 'waiting', seconds: null },
    { phase: 'tidy', state: 'waiting', seconds: null },
  ],
  elapsedSeconds: 1868,
  leftSeconds: 14,
  why: 'The provider is reading the image; it does not say how far it is, and asks us to look again in half a minute.',
  attempt: 1,
}

describe('two moves', () => {
  test('fit a terminal of 24 rows with everything that matters, nothing cut', () => {
    const head = ['API http://127.0.0.1:8080 · docs http://127.0.0.1:8080/docs', 'worker pid 4194304']
    const lines = screenOf([moving, { ...moving, name: 'SBS disk' }], head, { columns: 80, rows: 24 })

    expect(lines.join('\n')).not.toContain('…')
    expect(lines).toContain('local disk  fr-par-1 → fr-par-2   running, 31:08, about 0:14 to go')
    expect(lines).toContain('  ✔ export 10:12  ✔ inspect 10:01  ▸ import 10:55  · verify  · tidy')
    expect(lines.join(' ').replaceAll(/ +/g, ' ')).toContain(moving.why)
  })

  test.each([
    { rows: 11, shows: 'tidy' },
    { rows: 4, shows: 'SBS disk' },
    { rows: 2, shows: 'and 2 more' },
  ])('in $rows rows keep what matters most', ({ rows, shows }) => {
    const lines = screenOf([moving, { ...moving, name: 'SBS disk' }], ['head'], { columns: 80, rows })
    expect(lines.length).toBeLessThan(rows)
    expect(lines.join('\n')).toContain(shows)
  })
})

describe('what is printed around the display fits 80 columns', () => {
  const port = 65_535
  const url = `http://127.0.0.1:${port}`
  const house = {
    apiUrl: url,
    apiMetricsUrl: `${url}/metrics`,
    workerMetricsUrl: `${url}/metrics`,
    provider: { apiUrl: url, adminUrl: url, s3Urls: { 'fr-par': url } },
  }
  const next = whereNext(house, {
    snapshot: '12345678-1234-4234-8234-123456789abc',
    from: 'fr-par-1',
    to: 'fr-par-2',
  })
  const calls = Array.from({ length: 30 }, (_, at) => ({
    api: 'instance',
    operation: `Operation${at}OfTheProvider`,
    count: 10 ** (at % 5),
  }))

  test.each([
    { what: 'the help', text: HELP },
    { what: 'where to go next', text: next },
    { what: 'the calls', text: callLines(calls, 2).join('\n') },
  ])('$what', ({ text }) => {
    expect(text.split('\n').filter((line) => [...line].length > 80)).toEqual([])
  })

  test('the line for another move, pasted into a shell, sends the body that the API takes', () => {
    const [, body = ''] = /-d '([^']*)'/.exec(next) ?? []
    expect(JSON.parse(body)).toEqual({
      source: { snapshot: '12345678-1234-4234-8234-123456789abc' },
      from: 'fr-par-1',
      to: 'fr-par-2',
    })
  })
})
