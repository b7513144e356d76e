import type { AuditArchived } from '@snapferry/migration'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type Audit, keyOf, openAudit } from '../src/index.ts'
import { startTestRedis, type TestRedis } from './test-redis.ts'

let own: TestRedis
let audit: Audit
beforeAll(async () => {
  own = await startTestRedis()
  audit = openAudit(own.redis, { sandbox: true })
})
beforeEach(() => own.empty())
afterAll(() => own.close())

const fact = (n: number) => ({
  by: 'ops',
  action: 'budgets.put',
  target: `slot:export ${n}: a, b: {"c"}`,
  requestId: `req-${n}`,
  outcome: 'accepted',
  before: { concurrent: null },
  after: { concurrent: n },
})

async function freshLines(untilMs = Number.MAX_SAFE_INTEGER / 10): Promise<readonly AuditArchived[]> {
  return await Array.fromAsync(audit.fresh(untilMs))
}

test('lines are shown newest first, page by page, with the time of Redis and all that was said', async () => {
  await own.journal.setClock(-5_000_000)
  for (let n = 1; n <= 5; n++) {
    await own.journal.setClock(n)
    await audit.write(fact(n))
  }
  const { now } = await own.journal.clock()
  const first = await audit.page({ before: '', limit: 3 })
  const rest = await audit.page({ before: first.at(-1)!.key, limit: 3 })
  const all = [...first, ...rest]
  expect(all.map(({ line }) => line.requestId).toSorted()).toEqual([1, 2, 3, 4, 5].map((n) => `req-${n}`))
  expect(all.map(({ key }) => key)).toEqual(
    all
      .map(({ key }) => key)
      .toSorted()
      .toReversed(),
  )
  const { at, ...said } = all.find(({ line }) => line.requestId === 'req-2')!.line
  expect(said).toEqual(fact(2))
  expect(Math.abs(at - now)).toBeLessThan(5_000)
})

test('lines of one millisecond stay in the order they were written in', async () => {
  await Promise.all(Array.from({ length: 200 }, (_, n) => audit.write(fact(n))))
  const lines = (await audit.page({ before: '', limit: 500 })).toReversed()
  expect(new Set(lines.map(({ line }) => line.at)).size).toBeLessThan(200)
  expect(lines.map(({ line }) => line.requestId)).toEqual(Array.from({ length: 200 }, (_, n) => `req-${n}`))
})

test('a change and its line are kept together', async () => {
  const [set, count] = await audit.together(fact(1), (transaction) =>
    transaction.hset(keyOf.budgets, 'slot:export', '4 -').hlen(keyOf.budgets),
  )
  expect([set, count]).toEqual([1, 1])
  expect(await own.redis.hget(keyOf.budgets, 'slot:export')).toBe('4 -')
  expect(await audit.page({ before: '', limit: 10 })).toMatchObject([{ line: fact(1) }])
})

test('a change that Redis refuses before it runs leaves neither', async () => {
  const refused = audit.together(fact(1), (transaction) => {
    transaction.hset(keyOf.budgets, 'slot:export', '4 -')
    transaction.call('NO-SUCH-COMMAND')
  })
  await expect(refused).rejects.toThrow()
  expect(await own.redis.exists(keyOf.budgets, keyOf.audit, keyOf.auditFresh)).toBe(0)
})

test('what an archive has is no longer fresh, and only that', async () => {
  for (let n = 1; n <= 1_203; n++) await audit.write(fact(n))
  const lines = await freshLines()
  expect(lines).toHaveLength(1_203)
  await audit.archived(lines.slice(0, 700).map(({ key }) => key))
  expect(await freshLines()).toEqual(lines.slice(700))
  await audit.unmark()
  expect(await freshLines()).toEqual(lines)
})

test('what happened at a time is fresh only to who asks for later', async () => {
  await audit.write(fact(1))
  const [line] = await freshLines()
  expect(await freshLines(line!.line.at)).toEqual([])
  expect(await freshLines(line!.line.at + 1)).toEqual([line])
})

test('old lines go once an archive has them', async () => {
  for (let n = 1; n <= 30; n++) await audit.write(fact(n))
  const lines = await freshLines()
  const later = lines.at(-1)!.line.at + 1
  expect(await audit.forgetBefore(later, 100)).toBe(0)
  await audit.archived(lines.slice(0, 20).map(({ key }) => key))
  expect(await audit.forgetBefore(lines[0]!.line.at, 100)).toBe(0)
  expect(await audit.forgetBefore(later, 100)).toBe(20)
  expect((await audit.page({ before: '', limit: 100 })).toReversed()).toEqual(lines.slice(20))
})

test('lines put back from an archive are the lines that were, once', async () => {
  for (let n = 1; n <= 10; n++) await audit.write(fact(n))
  const lines = await freshLines()
  await own.empty()
  await audit.write(fact(11))
  expect(await audit.restore(lines)).toBe(10)
  expect(await audit.restore(lines)).toBe(0)
  const shown = await audit.page({ before: '', limit: 100 })
  expect(shown.filter(({ line }) => line.requestId !== 'req-11').toReversed()).toEqual(lines)
  expect(await freshLines(), 'they are in an archive already').toHaveLength(1)
})

test('a key nobody gave out is refused', async () => {
  await expect(audit.page({ before: 'x', limit: 1 })).rejects.toThrow(TypeError)
  const line = { at: 1, by: '', action: '', target: null, requestId: '', outcome: '' }
  await expect(audit.restore([{ kind: 'audit', key: '1:2', line }])).rejects.toThrow(TypeError)
})
