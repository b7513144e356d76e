import { type ArchiveLine, type Day, dayAfter, dayOf } from '@snapferry/migration'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { walkChain } from '../../src/archive/read-chain.ts'
import { type WriteOptions, writeArchive } from '../../src/archive/write-archive.ts'
import {
  aMigrationLine,
  anAuditLine,
  aPast,
  DAY_MS,
  Fate,
  Killed,
  keyOfLine,
  memorySource,
  memoryStore,
  NOON,
  type Past,
} from './memory-archive.ts'

const FIRST = dayOf(NOON)
const signal = new AbortController().signal

/** Archives through a day, an hour after it ended. */
async function archive(
  past: Past,
  objects: Map<string, Uint8Array>,
  o: Partial<WriteOptions> & { fate?: Fate } = {},
) {
  const until = o.until ?? FIRST
  const now = Date.parse(until) + DAY_MS + 3_600_000
  const { fate, ...more } = o
  const store = memoryStore(objects, fate)
  const source = memorySource(past, fate)
  return writeArchive({ store, source, install: 'tests', now, until, signal, ...more })
}

/** Every line of an archive, in order; the chain must be whole. */
async function linesOf(objects: Map<string, Uint8Array>): Promise<readonly ArchiveLine[]> {
  const lines: ArchiveLine[] = []
  const walked = await walkChain(memoryStore(objects), {
    install: 'tests',
    onPart: (part) => void lines.push(...part.lines),
  })
  expect(walked).toMatchObject({ broken: null, unsealed: null, strange: [] })
  return lines
}

/** `count` lines on each of some days, of some bytes each. */
function rowsOf(days: readonly number[], bytes: number): Past['rows'] {
  let n = 0
  return days.flatMap((count, day) =>
    Array.from({ length: count }, () => {
      const at = NOON + day * DAY_MS + ++n
      const line = n % 3 === 0 ? aMigrationLine(n) : anAuditLine(at, n, 'x'.repeat(bytes))
      return { at, line }
    }),
  )
}

test('one day becomes one part with its manifest, and a second run writes nothing', async () => {
  const [past, objects] = [aPast(rowsOf([5], 10)), new Map<string, Uint8Array>()]
  expect(await archive(past, objects)).toMatchObject({ parts: 1, isWhole: true, head: { name: FIRST } })
  const before = new Map(objects)
  expect(await archive(past, objects)).toMatchObject({ parts: 0, isWhole: true })
  expect(objects).toEqual(before)
  expect([...objects.keys()]).toEqual([`${FIRST}.ndjson.gz`, `${FIRST}.json`])
  expect((await linesOf(objects)).map(keyOfLine)).toEqual(past.rows.map(({ line }) => keyOfLine(line)))
})

test('before there is anything to keep there is no chain; from then on no day is without a part', async () => {
  const objects = new Map<string, Uint8Array>()
  const past = aPast([])
  await archive(past, objects)
  expect(objects.size).toBe(0)
  const later = aPast(rowsOf([2, 0, 0, 1], 10))
  const until = dayOf(NOON + 4 * DAY_MS)
  expect(await archive(later, objects, { until })).toMatchObject({ parts: 5, head: { name: until } })
  expect(await linesOf(objects)).toHaveLength(3)
})

test('what belongs to no day that is over waits for its own', async () => {
  const [past, objects] = [aPast(rowsOf([1, 1], 10)), new Map<string, Uint8Array>()]
  await archive(past, objects)
  expect(await linesOf(objects)).toHaveLength(1)
  await archive(past, objects, { until: dayAfter(FIRST) })
  expect(await linesOf(objects)).toHaveLength(2)
})

test('today goes as far as it has come, and on in further parts, which the night completes', async () => {
  const [past, objects] = [aPast(rowsOf([4], 10)), new Map<string, Uint8Array>()]
  for (const now of [NOON + 2, NOON + 2, NOON + 3]) await archive(past, objects, { now })
  expect([...objects.keys()]).toEqual(
    ['', '.2'].flatMap((n) => [`${FIRST}${n}.ndjson.gz`, `${FIRST}${n}.json`]),
  )
  await archive(past, objects)
  expect(await linesOf(objects)).toHaveLength(4)
  expect(past.head?.name).toBe(`${FIRST}.3`)
})

test('a migration that changed after it was archived is archived again, and the later line is the later one', async () => {
  const objects = new Map<string, Uint8Array>()
  const rows = [{ at: NOON, line: aMigrationLine(1, 'tests', 3) as ArchiveLine }]
  const past = aPast(rows)
  await archive(past, objects)
  rows[0] = { at: NOON + DAY_MS, line: aMigrationLine(1, 'tests', 5) }
  await archive(past, objects, { until: dayAfter(FIRST) })
  expect((await linesOf(objects)).map((line) => line.kind === 'migration' && line.events.length)).toEqual([
    3, 5,
  ])
})

describe('killed anywhere', () => {
  const rows = rowsOf([3, 0, 4], 300)
  const until = dayOf(NOON + 2 * DAY_MS)
  const partBytesMax = 700

  test.each(['before', 'after'] as const)(
    '%s any one call, the next run leads to the same bytes',
    async (when) => {
      const undisturbed = new Map<string, Uint8Array>()
      const fate = new Fate()
      await archive(aPast(rows), undisturbed, { until, partBytesMax, fate })
      expect(undisturbed.size, 'several parts of a day').toBeGreaterThan(8)
      for (let at = 0; at < fate.calls; at++) {
        const [past, objects] = [aPast(rows), new Map<string, Uint8Array>()]
        await expect(
          archive(past, objects, { until, partBytesMax, fate: new Fate(at, when) }),
        ).rejects.toThrow(Killed)
        await archive(past, objects, { until, partBytesMax })
        expect(objects, `killed ${when} call ${at}`).toEqual(undisturbed)
        expect(past.marked.size).toBe(rows.length)
      }
    },
  )

  test('any number of times, in any rhythm of days and sizes of parts, the chain is the same', async () => {
    const story = fc.record({
      days: fc.array(fc.nat({ max: 4 }), { minLength: 1, maxLength: 5 }),
      bytes: fc.nat({ max: 400 }),
      partBytesMax: fc.integer({ min: 1, max: 1_500 }),
      kills: fc.array(fc.tuple(fc.nat({ max: 40 }), fc.constantFrom('before', 'after')), { maxLength: 12 }),
      rests: fc.array(fc.nat({ max: 4 }), { maxLength: 5 }),
    })
    await fc.assert(
      fc.asyncProperty(story, async ({ days, bytes, partBytesMax: max, kills, rests }) => {
        const all = rowsOf(days, bytes)
        const last = dayOf(NOON + (days.length - 1) * DAY_MS)
        const reference = new Map<string, Uint8Array>()
        await archive(aPast(all), reference, { until: last, partBytesMax: max })
        const [past, objects] = [aPast(all), new Map<string, Uint8Array>()]
        const stops = [
          ...rests.map((n) => dayOf(NOON + n * DAY_MS)).filter((day) => day < last),
          last,
        ].toSorted()
        const fates = kills.map(([at, when]) => new Fate(at, when))
        for (const stop of stops) {
          for (let done = false; !done; ) {
            const fate = fates.shift()
            done = await archive(past, objects, {
              until: stop as Day,
              partBytesMax: max,
              ...(fate && { fate }),
            }).then(
              () => true,
              (error) => {
                if (!(error instanceof Killed)) throw error
                return false
              },
            )
          }
        }
        expect(objects).toEqual(reference)
      }),
      { numRuns: 150 },
    )
  })
})

test('two processes that write at once leave one whole chain that has every line', async () => {
  const rows = rowsOf([6, 2], 200)
  const objects = new Map<string, Uint8Array>()
  const past = aPast(rows)
  const both = [1, 2].map(() => archive(past, objects, { until: dayAfter(FIRST), partBytesMax: 600 }))
  await Promise.allSettled(both)
  await archive(past, objects, { until: dayAfter(FIRST), partBytesMax: 600 })
  const keys = new Set((await linesOf(objects)).map(keyOfLine))
  expect(keys).toEqual(new Set(rows.map(({ line }) => keyOfLine(line))))
})

test('a stop between two parts leaves a whole chain, and the next run goes on there', async () => {
  const [past, objects] = [aPast(rowsOf([4], 400)), new Map<string, Uint8Array>()]
  const stop = new AbortController()
  const written = await archive(past, objects, {
    signal: stop.signal,
    partBytesMax: 500,
    onPart: () => stop.abort(),
  })
  expect(written).toMatchObject({ parts: 1, isWhole: false })
  expect(await linesOf(objects)).toHaveLength(1)
  await archive(past, objects, { partBytesMax: 500 })
  expect(await linesOf(objects)).toHaveLength(4)
})

describe('nothing is written', () => {
  async function archivedOnce() {
    const [past, objects] = [aPast(rowsOf([2, 2], 10)), new Map<string, Uint8Array>()]
    await archive(past, objects)
    return { past, objects, next: () => archive(past, objects, { until: dayAfter(FIRST) }) }
  }

  test.each<[string, RegExp, (objects: Map<string, Uint8Array>) => void]>([
    ['when the archive was emptied', /has no part 2026-11-20, which is remembered/, (all) => all.clear()],
    [
      'when the newest manifest is another one',
      /is not the one that is remembered/,
      (all) => {
        const text = Buffer.from(all.get(`${FIRST}.json`)!).toString()
        all.set(`${FIRST}.json`, Buffer.from(text.replace(/"bytes":\d+/, '"bytes":1')))
      },
    ],
    [
      'when something that is no archive lies at the next place',
      /2026-11-21\.ndjson\.gz in memory is in the way: it cannot be read/,
      (all) => all.set('2026-11-21.ndjson.gz', Buffer.from('hello')),
    ],
  ])('%s', async (_, words, spoil) => {
    const { past, objects, next } = await archivedOnce()
    spoil(objects)
    const [before, marked] = [new Map(objects), new Set(past.marked)]
    await expect(next()).rejects.toThrow(words)
    expect(objects).toEqual(before)
    expect(past.marked).toEqual(marked)
  })

  test('and after the archive was lost, a new chain begins with everything that is still there', async () => {
    const { past, objects, next } = await archivedOnce()
    objects.clear()
    await memorySource(past).unmark()
    await next()
    expect(await linesOf(objects)).toHaveLength(4)
  })
})
