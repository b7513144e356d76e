import { attentionOf, type MigrationId, type Parked, POLICY } from '@snapferry/migration'
import { openTelemetry } from '@snapferry/telemetry'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { advance, type Ferry } from '../src/index.ts'
import { elsewhere, history, importing, openStage, reading, type Stage } from './stage.ts'

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
})
afterAll(() => stage.close())

const HOUR = 3_600_000
const MEMBERSHIPS = ['source:fr-par-1/a', 'slot:import', 'slot:import@zone=fr-par-2']

/** Ticks until the migration sleeps for longer than an hour, or has ended, at most 50 times. */
async function ticked(id: MigrationId, ferry: Ferry): Promise<void> {
  for (let ticks = 0; ticks < 50; ticks++) {
    const sleep = await advance(id, ferry, new AbortController().signal)
    if (sleep === 'ended' || sleep > HOUR) return
    await stage.freeze(sleep)
  }
}

async function parked(): Promise<{ readonly id: MigrationId; readonly parkedAt: number }> {
  const { record } = await importing(stage, { claims: MEMBERSHIPS })
  const failure = { kind: 'locked', text: 'It is locked.', words: null, requestId: null, call: null } as const
  await elsewhere(stage, record.id, { type: 'defect', failure })
  const after = (await reading(stage, record.id)).record
  if (after.state !== 'needs_attention') throw new Error(after.state)
  return { id: after.id, parkedAt: after.parkedAt }
}

test('a parked migration holds nothing, is reminded of once a day, and is undone after 72 h', async () => {
  await stage.reset()
  const said: number[] = []
  const { id, parkedAt } = await parked()
  const hours = async () => Math.round(((await stage.journal.clock()).now - parkedAt) / HOUR)
  const ferry: Ferry = { ...stage.ferry, reminded: (m) => said.push(m.parkedAt) }
  expect(await stage.redis.hlen('{snapferry}:claims')).toBe(0)
  expect((await stage.journal.budgets.list()).map(({ used }) => used)).toEqual([0, 0])

  const told: [hours: number, said: number, state: string][] = []
  for (const step of [0, 5, 19, 6, 18, 22, 2]) {
    await stage.freeze(step * HOUR)
    // Whatever wakes it in between: somebody nudges it each time.
    await stage.journal.nudge([id])
    await ticked(id, ferry)
    told.push([await hours(), said.length, (await reading(stage, id)).record.state])
  }
  expect(told).toEqual([
    [0, 0, 'needs_attention'],
    [5, 0, 'needs_attention'],
    [24, 1, 'needs_attention'],
    [30, 1, 'needs_attention'],
    [48, 2, 'needs_attention'],
    [70, 2, 'needs_attention'],
    [72, 2, 'failed'],
  ])
  const events = await history(stage, { id })
  expect(events).toContain('park-limit-over')
  // Being reminded of is no event: the history has nothing to tell of it.
  expect(events.filter((event) => event === 'waited')).toEqual([])
  expect((await reading(stage, id)).record).toMatchObject({ state: 'failed', failure: { kind: 'locked' } })
})

test('the reminder is one line with kind, remedies and times, and is counted', async () => {
  await stage.reset()
  const lines: string[] = []
  const telemetry = openTelemetry({
    ...{ service: 'worker', level: 'info', build: { version: '0', revision: 'test' } },
    destination: { write: (line) => void lines.push(line) },
  })
  const reminded = (m: Parked) => telemetry.attentionReminded(m, attentionOf(m, POLICY))
  const { id, parkedAt } = await parked()
  await stage.freeze(24 * HOUR)
  await ticked(id, { ...stage.ferry, reminded })
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    expect.objectContaining({
      ...{ level: 'warn', msg: 'needs attention', migrationId: id, kind: 'locked', who: 'operator' },
      since: new Date(parkedAt).toISOString(),
      decidesTime: new Date(parkedAt + 72 * HOUR).toISOString(),
      remedies: [
        expect.objectContaining({ action: 'retry' }),
        expect.objectContaining({ action: 'cancel' }),
        expect.objectContaining({ action: 'wait' }),
      ],
    }),
  ])
  expect(await telemetry.registry.getSingleMetricAsString('snapferry_attention_reminders_total')).toMatch(
    /snapferry_attention_reminders_total 1$/m,
  )
})
