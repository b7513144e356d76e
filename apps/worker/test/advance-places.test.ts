import type { MigrationId } from '@snapferry/migration'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { advance, type Ferry } from '../src/index.ts'
import { elsewhere, history, IMPORT_CLAIMS, importing, openStage, reading, type Stage } from './stage.ts'

let it: Stage
beforeAll(async () => {
  it = await openStage()
})
beforeEach(() => it.reset())
afterAll(() => it.close())

const never = new AbortController().signal
const tick = (id: MigrationId, ferry = it.ferry) => advance(id, ferry, never)
/** Ticks until it sleeps, as a worker runs a job. */
const run = async (id: MigrationId, ferry = it.ferry) => {
  let sleep = await tick(id, ferry)
  while (sleep === 0) sleep = await tick(id, ferry)
  return sleep
}
const FLEET = IMPORT_CLAIMS[0]!
const used = async () => (await it.journal.budgets.list()).find(({ slot }) => slot === FLEET)?.used
const why = async (id: MigrationId) => (await reading(it, id)).pulse.why?.code
/** The provider has finished everything it was asked for. */
const finish = () => {
  it.cloud.rows = it.cloud.rows.map((row) => ({ ...row, state: { kind: 'available', word: 'available' } }))
}
const waiting = (stage: Stage) => importing(stage, { claims: [] })

describe('a place in a budget', () => {
  test('is taken by one of two workers that race for the last one; the other is woken when it is free', async () => {
    await it.journal.budgets.set(FLEET, { concurrent: 1, bytes: null })
    const ids = [(await waiting(it)).record.id, (await waiting(it)).record.id]
    await Promise.all(ids.map((id) => run(id)))
    expect(it.cloud.sent).toEqual(['startImport'])
    const states = await Promise.all(ids.map(async (id) => (await reading(it, id)).record.ledger.length))
    const [winner, loser] = states[0] === 1 ? ids : ids.toReversed()
    expect([await why(winner!), await why(loser!), await used()]).toEqual(['importing', 'budget-full', 1])
    expect((await reading(it, loser!)).nudges).toBe(0)

    finish()
    await it.freeze(60_000)
    await run(winner!).catch(() => {})
    expect((await reading(it, loser!)).nudges).toBe(1)
    await run(loser!)
    expect(it.cloud.sent).toEqual(['startImport', 'startImport'])
    expect([await why(loser!), await used()]).toEqual(['importing', 1])
  })

  test('is kept by a migration whose worker dies right after it was taken, and the next worker goes on', async () => {
    await it.journal.budgets.set(FLEET, { concurrent: 1, bytes: null })
    const [{ record }, other] = [await waiting(it), await waiting(it)]
    const append: Ferry['journal']['append'] = async (change) => {
      await it.journal.append(change)
      throw new Error('the worker died')
    }
    await expect(tick(record.id, { ...it.ferry, journal: { ...it.journal, append } })).rejects.toThrow('died')
    expect([await used(), await history(it, record)]).toEqual([1, ['created', 'admitted']])
    await run(other.record.id)
    expect(await why(other.record.id)).toBe('budget-full')
    await run(record.id)
    expect([it.cloud.sent, await used()]).toEqual([['startImport'], 1])
  })

  test('is given back by a cancel that finds nothing to undo', async () => {
    await it.journal.budgets.set(FLEET, { concurrent: 1, bytes: null })
    const [one, two] = [await importing(it), await waiting(it)]
    await run(two.record.id)
    await elsewhere(it, one.record.id, { type: 'cancel-requested', by: 'somebody' })
    expect(await used()).toBe(1)
    await elsewhere(it, one.record.id, { type: 'ledger-settled' })
    expect([await used(), (await reading(it, two.record.id)).nudges]).toEqual([0, 1])
  })
})

describe('a hold', () => {
  test('is put up by the one that was refused; the others send nothing, spend nothing, and go on when it is over', async () => {
    const [one, two, three] = [await importing(it), await importing(it), await importing(it)]
    const ids = [one, two, three].map(({ record }) => record.id)
    it.cloud.refuses = 'quota'
    await run(one.record.id)
    expect(await it.journal.holds.list()).toMatchObject([{ name: 'quota:profile/default', times: 1 }])
    expect(await history(it, one.record)).toEqual(['created', 'intended', 'settled nothing'])
    for (const id of ids.slice(1)) expect(await run(id)).toBeGreaterThan(5 * 60_000)
    expect(await history(it, two.record)).toEqual(['created', 'waited'])

    await it.freeze(61_000)
    await run(one.record.id)
    expect(await it.journal.holds.standing('quota:profile/default')).toBe(3)
    // One tries, and is refused again; a minute later another one does, and is not.
    await it.journal.holds.probe(0)
    const [first] = await it.journal.holds.list()
    await run(first!.probe as MigrationId)
    expect(await it.journal.holds.list()).toMatchObject([{ times: 2, probe: null }])
    expect(it.cloud.sent).toEqual([])
    it.cloud.refuses = null
    await it.freeze(61_000)
    await it.journal.holds.probe(0.999)
    const [second] = await it.journal.holds.list()
    await run(second!.probe as MigrationId)
    expect([await it.journal.holds.list(), it.cloud.sent]).toEqual([[], ['startImport']])
    for (const id of ids) await run(id)
    expect(it.cloud.sent).toHaveLength(3)
    const records = await Promise.all(ids.map(async (id) => (await reading(it, id)).record))
    expect(records.map(({ attempt, lastFailure }) => [attempt, lastFailure])).toEqual(
      ids.map(() => [1, null]),
    )
  })

  test('of a refused key stops every look, and one look that answers ends it', async () => {
    const [one, two] = [
      await importing(it, { redisRun: 'another' }),
      await importing(it, { redisRun: 'another' }),
    ]
    it.cloud.refuses = 'credentials'
    await run(one.record.id)
    const { looked } = it.cloud
    await run(two.record.id)
    expect([it.cloud.looked, await why(two.record.id)]).toEqual([looked, 'hold-credentials'])
    it.cloud.refuses = null
    await it.freeze(61_000)
    await it.journal.holds.probe(0)
    await run(two.record.id)
    expect(await it.journal.holds.list()).toEqual([])
  })
})

test('in mode observe everything is looked at, nothing is sent, and nothing is announced', async () => {
  const observing: Ferry = { ...it.ferry, policy: { ...it.ferry.policy, observe: true } }
  const [one, two, three] = [
    await importing(it),
    await waiting(it),
    await importing(it, { redisRun: 'another', lost: [{ phase: 'import', round: 3 }] }),
  ]
  for (const { record } of [one, two, three]) {
    await run(record.id, observing)
    await it.freeze(3_600_000)
    await run(record.id, observing)
  }
  expect(it.cloud.sent).toEqual([])
  expect(it.cloud.looked).toBeGreaterThan(0)
  for (const { record } of [one, two]) {
    expect(await history(it, record)).toEqual(['created', 'waited'])
    expect(await why(record.id)).toBe('observing')
  }
  expect(await history(it, three.record)).not.toContain('intended')
})
