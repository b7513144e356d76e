import type { Journal } from '@snapferry/migration'
import { expect, test } from 'vitest'
import { aChange, anEvent } from './a-migration.ts'
import { look, put } from './put.ts'

/** What nudges must do: none is cleared that nobody has read. */
export function nudgeLaws(journal: () => Journal): void {
  test('a closing append clears the nudges it has read', async () => {
    const before = await put(journal())
    const answer = await journal().append(aChange(before))
    expect(answer).toMatchObject({ wakeAt: before.now + 60_000 })
    expect((await look(journal(), before.record.id)).nudges).toBe(0)
  })

  test('a nudge between reading and closing survives and the migration is awake at once', async () => {
    const before = await put(journal())
    await journal().append(aChange(before, { closing: false, nudge: true, events: [anEvent('cancel')] }))
    const tick = { ...(await look(journal(), before.record.id)), nudges: before.nudges }
    const answer = await journal().append(aChange(tick))
    if (answer.outcome !== 'appended') throw new Error(answer.outcome)
    expect(answer.wakeAt).toBe(answer.now)
    const reading = await look(journal(), before.record.id)
    expect(reading.nudges).toBe(2)
    expect(reading.pulse.wakeAt).toBe(answer.wakeAt)
    expect(reading.pulse.plannedMs).toBe(0)
  })

  test('an append that does not close keeps the nudges and its own time to wake', async () => {
    const before = await put(journal())
    expect(await journal().append(aChange(before, { closing: false }))).toMatchObject({
      wakeAt: before.now + 60_000,
    })
    expect((await look(journal(), before.record.id)).nudges).toBe(1)
  })

  test('an append that closes and nudges is awake at once', async () => {
    const before = await put(journal())
    const answer = await journal().append(aChange(before, { nudge: true }))
    expect(answer).toMatchObject({ wakeAt: (answer as { now: number }).now })
    expect((await look(journal(), before.record.id)).nudges).toBe(1)
  })
}
