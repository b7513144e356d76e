import { wipTag } from '@snapferry/migration'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { advance, type Ferry } from '../src/index.ts'
import { anId, elsewhere, history, importing, openStage, reading, type Stage, writeRaw } from './stage.ts'

let it: Stage
beforeAll(async () => {
  it = await openStage()
})
beforeEach(() => it.reset())
afterAll(() => it.close())

const never = new AbortController().signal
const tick = (id: Parameters<typeof advance>[0], signal = never) => advance(id, it.ferry, signal)

describe('a tick', () => {
  test('announces its create before it is sent, and records what came of it', async () => {
    const { record } = await importing(it)
    let announced: unknown = null
    it.cloud.beforeSend = async () => {
      announced = (await reading(it, record.id)).record.intent
    }
    expect(await tick(record.id)).toBeGreaterThan(0)
    expect(announced).toMatchObject({ id: 'import.3.1', mark: wipTag(record, 3), send: 1 })
    const after = (await reading(it, record.id)).record
    expect([after.intent, after.ledger.map(({ thing, state }) => [thing.id, state])]).toEqual([
      null,
      [['row-1', 'made']],
    ])
    expect(await history(it, record)).toEqual(['created', 'intended', 'settled made'])
    expect(it.told.recorded).toEqual(['intended', 'settled'])
  })

  test('whose answer was lost leaves the intent open, and the next one finds what was made', async () => {
    const { record } = await importing(it)
    it.cloud.losesAnswers = true
    await tick(record.id)
    expect((await reading(it, record.id)).record.intent?.id).toBe('import.3.1')
    await it.journal.nudge([record.id])
    await tick(record.id)
    expect(it.cloud.sent).toEqual(['startImport'])
    expect((await reading(it, record.id)).record.ledger).toMatchObject([
      { thing: { id: 'row-1' }, state: 'made' },
    ])
  })

  test('that comes early without a nudge looks at nothing, appends nothing and sleeps on', async () => {
    const { record } = await importing(it)
    await tick(record.id)
    const before = await reading(it, record.id)
    const { looked } = it.cloud
    const sleepMs = await tick(record.id)
    expect(sleepMs).toBeGreaterThan(0)
    expect(sleepMs).toBeLessThanOrEqual(before.pulse.wakeAt - before.now)
    expect([(await reading(it, record.id)).pulse, it.cloud.looked]).toEqual([before.pulse, looked])
  })

  test('that comes early for a nudge looks, and takes the nudge it saw', async () => {
    const { record } = await importing(it)
    await tick(record.id)
    const { looked } = it.cloud
    await it.journal.nudge([record.id])
    expect(await tick(record.id)).toBeGreaterThan(0)
    expect(it.cloud.looked).toBeGreaterThan(looked)
    expect((await reading(it, record.id)).nudges).toBe(0)
  })

  test('of an ended migration has nothing to do, and neither has one without a record', async () => {
    const { record } = await importing(it)
    const { ledger: _, ...core } = record
    await writeRaw(it, record.id, { ...core, ledger: [], state: 'succeeded', endedAt: 1 })
    expect(await tick(record.id)).toBe('ended')
    expect(await tick(anId())).toBe('ended')
  })

  test('that is told to stop while it looks decides nothing', async () => {
    const { record, pulse } = await importing(it, { redisRun: 'another' })
    const stop = new AbortController()
    it.cloud.beforeLook = async () => stop.abort()
    expect(await tick(record.id, stop.signal)).toBe(0)
    expect([(await reading(it, record.id)).pulse.v, it.cloud.sent]).toEqual([pulse.v, []])
  })
})

describe('the send guard', () => {
  test.each([
    { frozenMs: 1_999, sent: ['startImport'], events: ['intended', 'settled made'] },
    { frozenMs: 2_000, sent: [], events: ['intended', 'settled nothing'] },
    { frozenMs: 3_600_000, sent: [], events: ['intended', 'settled nothing'] },
  ])('a create after a freeze of $frozenMs ms: $events', async ({ frozenMs, sent, events }) => {
    const { record } = await importing(it)
    it.cloud.beforeSend = () => it.freeze(frozenMs)
    await tick(record.id)
    expect(it.cloud.sent).toEqual(sent)
    expect((await history(it, record)).slice(1)).toEqual(events)
  })

  test('what was held back is announced and sent anew, under another number', async () => {
    const { record } = await importing(it)
    it.cloud.beforeSend = () => it.freeze(10_000)
    // Not at once: a provider slower than the guard would be hammered.
    expect(await tick(record.id)).toBeGreaterThan(0)
    it.cloud.beforeSend = async () => {}
    await it.freeze(60_000)
    await tick(record.id)
    const after = (await reading(it, record.id)).record
    expect([after.send, it.cloud.rows.length]).toEqual([2, 1])
  })

  test.each([
    { frozenMs: 1_000, sent: ['startImport'] },
    { frozenMs: 2_000, sent: [] },
  ])(
    'a create whose announcement took $frozenMs ms to be recorded: sent $sent',
    async ({ frozenMs, sent }) => {
      const { record } = await importing(it)
      const append: Ferry['journal']['append'] = async (change) => {
        if (change.events[0]?.type === 'intended') await it.freeze(frozenMs)
        return it.journal.append(change)
      }
      await advance(record.id, { ...it.ferry, journal: { ...it.journal, append } }, never)
      expect([it.cloud.sent, (await reading(it, record.id)).record.intent]).toEqual([sent, null])
    },
  )

  test('what was seen before a long freeze is not acted on: it is looked at again', async () => {
    const { record } = await importing(it, { redisRun: '' })
    it.cloud.beforeLook = () => it.freeze(60_000)
    await tick(record.id)
    expect([it.cloud.sent, await history(it, record)]).toEqual([[], ['created']])
    it.cloud.beforeLook = async () => {}
    await tick(record.id)
    expect(it.cloud.sent).toEqual(['startImport'])
  })
})

describe('an append that came first', () => {
  test('kills the decision: nothing is sent', async () => {
    const { record } = await importing(it, { redisRun: 'another' })
    let isFirst = true
    it.cloud.beforeLook = async () => {
      if (isFirst) {
        isFirst = false
        await elsewhere(it, record.id, { type: 'cancel-requested', by: 'somebody' })
      }
    }
    expect(await tick(record.id)).toBe(0)
    expect(it.cloud.sent).toEqual([])
    expect(await history(it, record)).toEqual(['created', 'cancel-requested'])
  })

  test('spares the fact: what was made is recorded under the intent that is still open', async () => {
    const { record } = await importing(it)
    it.cloud.afterSend = () => elsewhere(it, record.id, { type: 'cancel-requested', by: 'somebody' })
    await tick(record.id)
    expect(await history(it, record)).toEqual(['created', 'intended', 'cancel-requested', 'settled made'])
    const after = (await reading(it, record.id)).record
    expect([after.state, after.ledger.map(({ thing, state }) => [thing.id, state])]).toEqual([
      'unwinding',
      [['row-1', 'disowned']],
    ])
  })

  test('spares the fact also when the intent is gone: what was made is disowned, for removal', async () => {
    const { record } = await importing(it)
    it.cloud.afterSend = () =>
      elsewhere(it, record.id, {
        type: 'settled',
        intent: 'import.3.1',
        outcome: 'nothing',
        because: 'nothing was found',
      })
    await tick(record.id)
    expect(await history(it, record)).toEqual(['created', 'intended', 'settled nothing', 'disowned'])
    const after = (await reading(it, record.id)).record
    expect(after.ledger.map(({ thing, state }) => [thing.id, state])).toEqual([['row-1', 'disowned']])
  })
})

describe('a record that throws when it is thought about', () => {
  test.each([
    { where: 'in its import', parts: { facts: null }, parkedFrom: 'running' },
    { where: 'in a phase that does not exist', parts: { phase: 'teleport' }, parkedFrom: 'running' },
    { where: 'after its proof', parts: { phase: 'teleport', proven: true }, parkedFrom: 'proven' },
  ])('$where is parked with the defect, and no other is touched', async ({ parts, parkedFrom }) => {
    const { record } = await importing(it)
    const other = await importing(it)
    await writeRaw(it, record.id, { ...record, ...parts })
    expect(await tick(record.id)).toBeGreaterThanOrEqual(60_000)
    const after = (await reading(it, record.id)).record
    expect(after).toMatchObject({ state: 'needs_attention', parkedFrom, failure: { kind: 'defect' } })
    expect(await history(it, record)).toEqual(['created', 'defect'])
    expect([it.told.defects.length, it.cloud.sent]).toEqual([1, []])
    await tick(other.record.id)
    expect(it.cloud.sent).toEqual(['startImport'])
  })
})

describe('a record of a later program', () => {
  test.each([
    { what: 'a state and fields of its own', parts: { state: 'cloning', plan: null, ledger: { by: 'id' } } },
    { what: 'what looks like ours', parts: {} },
  ])('with $what is left alone for 5 min, neither changed nor failed', async ({ parts }) => {
    const { record, pulse } = await importing(it)
    const raw = await writeRaw(it, record.id, { ...record, definitionVersion: 99, ...parts })
    await it.journal.nudge([record.id])
    expect(await tick(record.id)).toBe(300_000)
    expect(await it.redis.hget(`{snapferry}:record:${record.id}`, 'record')).toBe(raw)
    expect((await reading(it, record.id)).pulse.v).toBe(pulse.v)
    expect([it.told.leftAlone, it.told.defects, it.cloud.looked, it.cloud.sent]).toEqual([[99], [], 0, []])
    expect(await history(it, record)).toEqual(['created'])
  })
})
