import { gunzipSync, gzipSync } from 'node:zlib'
import { dayOf, type Manifest, manifestText } from '@snapferry/migration'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { walkChain } from '../../src/archive/read-chain.ts'
import { sha256 } from '../../src/archive/sha256.ts'
import { writeArchive } from '../../src/archive/write-archive.ts'
import {
  aMigrationLine,
  anAuditLine,
  aPast,
  DAY_MS,
  memorySource,
  memoryStore,
  NOON,
} from './memory-archive.ts'

type Objects = Map<string, Uint8Array>

/** Four days; the second has two parts. */
async function written(install = 'tests'): Promise<Objects> {
  const objects: Objects = new Map()
  const rows = [0, 1, 1, 2, 3].map((day, n) => ({
    at: NOON + day * DAY_MS + n,
    line:
      n % 2 === 0 ? aMigrationLine(n, install) : anAuditLine(NOON + day * DAY_MS + n, n, 'words '.repeat(30)),
  }))
  const until = dayOf(NOON + 3 * DAY_MS)
  const signal = new AbortController().signal
  await writeArchive({
    ...{ store: memoryStore(objects), source: memorySource(aPast(rows)), install, until, signal },
    now: NOON + 4 * DAY_MS,
    partBytesMax: 300,
  })
  return objects
}

const walk = (objects: Objects, o: object = {}) => walkChain(memoryStore(objects), { install: 'tests', ...o })
const text = (objects: Objects, name: string) => Buffer.from(objects.get(name)!).toString('utf8')
const put = (objects: Objects, name: string, value: string) => objects.set(name, Buffer.from(value))

/** Exchanges two objects. */
function exchange(objects: Objects, a: string, b: string): void {
  const [first, second] = [objects.get(a)!, objects.get(b)!]
  objects.set(a, second).set(b, first)
}

/** Replaces the lines of a part and writes the manifest that fits them, as somebody would who knows how. */
function forge(objects: Objects, name: string): void {
  const plain = gunzipSync(objects.get(`${name}.ndjson.gz`)!)
    .toString()
    .replace(/"v":3|words/, (found) => (found === 'words' ? 'swords' : '"v":4'))
  const data = gzipSync(plain)
  const manifest = JSON.parse(text(objects, `${name}.json`)) as Manifest
  objects.set(`${name}.ndjson.gz`, data)
  put(objects, `${name}.json`, manifestText({ ...manifest, sha256: sha256(data), bytes: data.length }))
}

test('a chain that nobody touched is whole, in whatever order its names are listed', async () => {
  const objects = await written()
  expect([...objects.keys()].filter((name) => name.endsWith('.json'))).toEqual(
    ['20', '21', '21.2', '22', '23'].map((day) => `2026-11-${day}.json`),
  )
  const shuffled = new Map([...objects].toSorted(([a], [b]) => (sha256(a) < sha256(b) ? -1 : 1)))
  expect(await walk(shuffled)).toMatchObject({ parts: 5, broken: null, head: { name: '2026-11-23' } })
})

describe('the first broken day and why', () => {
  test.each<[string, string, string, (all: Objects) => void]>([
    ['a manifest in the middle is gone', '2026-11-21', 'missing', (all) => all.delete('2026-11-21.json')],
    ['lines in the middle are gone', '2026-11-21', 'missing', (all) => all.delete('2026-11-21.ndjson.gz')],
    [
      'a whole day is gone',
      '2026-11-22',
      'missing',
      (all) => all.delete('2026-11-22.json') && all.delete('2026-11-22.ndjson.gz'),
    ],
    [
      'the second part of a day is gone',
      '2026-11-21.2',
      'missing',
      (all) => all.delete('2026-11-21.2.json') && all.delete('2026-11-21.2.ndjson.gz'),
    ],
    [
      'the beginning is gone',
      '2026-11-20',
      'missing',
      (all) => all.delete('2026-11-20.json') && all.delete('2026-11-20.ndjson.gz'),
    ],
    [
      'one byte of lines is another',
      '2026-11-22',
      'altered',
      (all) => {
        const bytes = Buffer.from(all.get('2026-11-22.ndjson.gz')!)
        bytes[40]! ^= 1
        all.set('2026-11-22.ndjson.gz', bytes)
      },
    ],
    [
      'a byte follows the lines',
      '2026-11-20',
      'altered',
      (all) =>
        all.set('2026-11-20.ndjson.gz', Buffer.concat([all.get('2026-11-20.ndjson.gz')!, Buffer.from('x')])),
    ],
    [
      'lines were written again with one word changed',
      '2026-11-20',
      'altered',
      (all) => {
        const plain = gunzipSync(all.get('2026-11-20.ndjson.gz')!).toString().replace('"v":3', '"v":4')
        all.set('2026-11-20.ndjson.gz', gzipSync(plain))
      },
    ],
    [
      'lines were cut',
      '2026-11-21.2',
      'truncated',
      (all) => all.set('2026-11-21.2.ndjson.gz', all.get('2026-11-21.2.ndjson.gz')!.subarray(0, 60)),
    ],
    [
      'lines are no gzip',
      '2026-11-21',
      'not-gzip',
      (all) => put(all, '2026-11-21.ndjson.gz', '{"kind":"archive"}\n'),
    ],
    ['lines are empty', '2026-11-21', 'not-gzip', (all) => put(all, '2026-11-21.ndjson.gz', '')],
    [
      'the lines of two days are exchanged',
      '2026-11-20',
      'altered',
      (all) => exchange(all, '2026-11-20.ndjson.gz', '2026-11-22.ndjson.gz'),
    ],
    [
      'two days are exchanged',
      '2026-11-20',
      'reordered',
      (all) => {
        exchange(all, '2026-11-20.ndjson.gz', '2026-11-22.ndjson.gz')
        exchange(all, '2026-11-20.json', '2026-11-22.json')
      },
    ],
    [
      'a day was renamed to one that is not there',
      '2026-11-24',
      'reordered',
      (all) => {
        all.set('2026-11-24.ndjson.gz', all.get('2026-11-22.ndjson.gz')!)
        all.set('2026-11-24.json', all.get('2026-11-22.json')!)
      },
    ],
    [
      'lines and manifest of a day were forged together',
      '2026-11-22',
      'forged',
      (all) => forge(all, '2026-11-22'),
    ],
    ['the first day was forged', '2026-11-20', 'forged', (all) => forge(all, '2026-11-20')],
    [
      'a manifest has other spaces',
      '2026-11-22',
      'forged',
      (all) => put(all, '2026-11-22.json', JSON.stringify(JSON.parse(text(all, '2026-11-22.json')), null, 1)),
    ],
    ['a manifest is no JSON', '2026-11-22', 'forged', (all) => put(all, '2026-11-22.json', '<html>')],
    [
      'a manifest is some other JSON',
      '2026-11-22',
      'foreign',
      (all) => put(all, '2026-11-22.json', '{"a":1}'),
    ],
    [
      'a manifest counts other lines',
      '2026-11-23',
      'forged',
      (all) =>
        put(all, '2026-11-23.json', text(all, '2026-11-23.json').replace('"migration":1', '"migration":2')),
    ],
    [
      'a later program wrote it',
      '2026-11-20',
      'foreign',
      (all) => put(all, '2026-11-20.json', text(all, '2026-11-20.json').replace('"format":1', '"format":2')),
    ],
    [
      'another chain begins in the middle',
      '2026-11-22',
      'forged',
      (all) =>
        put(
          all,
          '2026-11-22.json',
          text(all, '2026-11-22.json').replace(/"previous":\{[^}]*\}/, '"previous":null'),
        ),
    ],
  ])('when %s: %s, %s', async (_, name, why, spoil) => {
    const objects = await written()
    spoil(objects)
    expect((await walk(objects)).broken).toMatchObject({ name, why })
  })

  test('when the archive is that of another installation', async () => {
    const broken = (await walk(await written('others'))).broken
    expect(broken).toMatchObject({ name: '2026-11-20', why: 'foreign' })
    expect(broken?.text).toContain('belongs to the installation "others", not to "tests"')
  })

  test('when a part of another installation was put among ours', async () => {
    const [objects, others] = [await written(), await written('others')]
    for (const name of ['2026-11-22.json', '2026-11-22.ndjson.gz']) objects.set(name, others.get(name)!)
    expect((await walk(objects)).broken).toMatchObject({ name: '2026-11-22', why: 'foreign' })
  })
})

test('a chain that lost its end looks whole to everybody but who remembers the end', async () => {
  const objects = await written()
  const remembered = (await walk(objects)).head
  objects.delete('2026-11-23.json')
  objects.delete('2026-11-23.ndjson.gz')
  expect((await walk(objects)).broken).toBeNull()
  expect((await walk(objects, { remembered })).broken).toMatchObject({ name: '2026-11-23', why: 'missing' })
})

test('a newest part that was forged is known to who remembers it', async () => {
  const objects = await written()
  const remembered = (await walk(objects)).head
  forge(objects, '2026-11-23')
  expect((await walk(objects)).broken).toBeNull()
  expect((await walk(objects, { remembered })).broken).toMatchObject({ name: '2026-11-23', why: 'forged' })
})

test('what is before a break can be read, and only that', async () => {
  const objects = await written()
  objects.delete('2026-11-22.json')
  const through = dayOf(NOON + DAY_MS)
  expect(await walk(objects, { through })).toMatchObject({
    parts: 3,
    broken: null,
    head: { name: '2026-11-21.2' },
  })
})

test('lines without a manifest at the end are no break: whoever wrote them was stopped there', async () => {
  const objects = await written()
  objects.delete('2026-11-23.json')
  expect(await walk(objects)).toMatchObject({ broken: null, unsealed: '2026-11-23', parts: 4 })
})

test('objects of somebody else are told and not looked at', async () => {
  const objects = await written()
  put(objects, 'notes.txt', 'hello')
  put(objects, '2026-11-31.json', '{}')
  expect(await walk(objects)).toMatchObject({ broken: null, strange: ['2026-11-31.json', 'notes.txt'] })
})

test('a flipped bit anywhere in any object is found', async () => {
  const objects = await written()
  const whole = await walk(objects)
  const places = [...objects].flatMap(([name, bytes]) => Array.from(bytes, (_, at) => ({ name, at })))
  for (const { name, at } of places) {
    const bytes = Buffer.from(objects.get(name)!)
    bytes[at]! ^= 1 << (at % 8)
    const spoilt = await walk(new Map(objects).set(name, bytes), { remembered: whole.head })
    expect(spoilt.broken, `${name} byte ${at}`).not.toBeNull()
  }
  expect(places.length).toBeGreaterThan(2_000)
})

test('whatever lies under the names of an archive, reading it ends with a sentence', async () => {
  const name = fc.constantFrom(
    '2026-11-20.json',
    '2026-11-20.ndjson.gz',
    '2026-11-21.json',
    '2026-11-22.ndjson.gz',
  )
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.string().map((some) => Buffer.from(some)),
    fc.json().map((some) => Buffer.from(some)),
    fc.json().map((some) => gzipSync(some)),
  )
  const objects = await written()
  await fc.assert(
    fc.asyncProperty(name, bytes, async (at, junk) => {
      const walked = await walk(new Map(objects).set(at, junk))
      expect(walked.broken?.name).toMatch(/^2026-11-2[0-2]/)
      expect(walked.broken?.text.length).toBeGreaterThan(10)
    }),
    { numRuns: 300 },
  )
})
