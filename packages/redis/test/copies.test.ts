import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type Copies, openCopies } from '../src/index.ts'
import { aCopy } from './a-copy.ts'
import { startTestRedis, type TestRedis } from './test-redis.ts'

let own: TestRedis
let copies: Copies
beforeAll(async () => {
  own = await startTestRedis()
  copies = openCopies(own.redis)
})
beforeEach(() => own.empty())
afterAll(() => own.close())

const EVER = Number.MAX_SAFE_INTEGER
const fresh = (untilMs = EVER) => Array.fromAsync(copies.fresh(untilMs))

test('an entry is read as it was put, replaced, and taken out', async () => {
  expect(await copies.get(aCopy(1).id)).toBeNull()
  await copies.put(aCopy(1))
  expect(await copies.get(aCopy(1).id)).toEqual(aCopy(1))
  expect(await copies.putNew(aCopy(1, { name: 'other' }))).toBe(false)
  await copies.put(aCopy(1, { source: null, from: null }))
  expect(await copies.get(aCopy(1).id)).toMatchObject({ source: null, from: null })
  expect([await copies.remove(aCopy(1).id), await copies.remove(aCopy(1).id)]).toEqual([true, false])
})

test('pages have every entry of a large catalogue', async () => {
  for (let n = 0; n < 1_300; n++) await copies.put(aCopy(n))
  const ids = new Set<string>()
  for (let cursor = ''; cursor !== '0'; ) {
    const page = await copies.page(cursor || '0')
    for (const { id } of page.items) ids.add(id)
    cursor = page.cursor
  }
  expect(ids.size).toBe(1_300)
  expect(await copies.count()).toBe(1_300)
})

test('only what is new, changed or gone since the archive has it is fresh', async () => {
  for (const n of [1, 2, 3]) await copies.put(aCopy(n))
  const lines = await fresh()
  expect(lines.map((line) => line.kind)).toEqual(['copy', 'copy', 'copy'])
  await copies.archived(lines)
  expect(await fresh()).toEqual([])
  await copies.put(aCopy(2, { name: 'renamed' }))
  await copies.remove(aCopy(3).id)
  const changed = [
    { kind: 'copy', copy: aCopy(2, { name: 'renamed' }) },
    { kind: 'copy-gone', id: aCopy(3).id },
  ] as const
  expect(await fresh()).toEqual(changed)
  await copies.archived(changed)
  expect(await fresh()).toEqual([])
  await copies.unmark()
  expect(await fresh()).toHaveLength(2)
})

test('an entry that changed while the archive was written stays fresh', async () => {
  await copies.put(aCopy(1))
  const lines = await fresh()
  await copies.put(aCopy(1, { name: 'later' }))
  await copies.archived(lines)
  expect(await fresh()).toMatchObject([{ copy: { name: 'later' } }])
})

test('a copy belongs to the day it was proven', async () => {
  await copies.put(aCopy(1, { provenAt: 1_000 }))
  expect([await fresh(1_000), (await fresh(1_001)).length]).toEqual([[], 1])
})

test('a line of a copy that is not here marks nothing: an emptied or rewound catalogue loses no copy', async () => {
  await copies.put(aCopy(1))
  await copies.archived([1, 2].map((n) => ({ kind: 'copy', copy: aCopy(n) })))
  expect(await fresh()).toEqual([])
  await copies.put(aCopy(2))
  expect(await fresh(), 'put back, it is told again').toEqual([{ kind: 'copy', copy: aCopy(2) }])
  await own.empty()
  await copies.archived([1, 2].map((n) => ({ kind: 'copy', copy: aCopy(n) })))
  expect(await fresh()).toEqual([])
})

test('an entry that went while the archive was written is told of as gone', async () => {
  await copies.put(aCopy(1))
  const lines = await fresh()
  await copies.remove(aCopy(1).id)
  await copies.archived(lines)
  const gone = await fresh()
  expect(gone).toEqual([{ kind: 'copy-gone', id: aCopy(1).id }])
  await copies.archived(gone)
  expect(await fresh()).toEqual([])
})

test('an entry that went and came back is fresh, whatever the archive has of it', async () => {
  await copies.put(aCopy(1))
  const lines = await fresh()
  await copies.archived(lines)
  await copies.remove(aCopy(1).id)
  await copies.put(aCopy(1))
  expect(await fresh()).toEqual(lines)
})
