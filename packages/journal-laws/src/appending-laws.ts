import type { Journal } from '@snapferry/migration'
import { expect, test } from 'vitest'
import { aChange, aMigration, anEvent, running } from './a-migration.ts'
import { look, put, textOf } from './put.ts'

/** What appending must do: all of a change or nothing of it, against the newest version only. */
export function appendingLaws(journal: () => Journal): void {
  test('an append changes record, pulse, history and lists together', async () => {
    const before = await put(journal())
    const after = running(before.record)
    const why = { code: 'exporting', text: 'it is exported', since: 5 } as const
    const pulse = { wakeAt: before.now + 5_000, plannedMs: 5_000, waitedMs: 7, looks: 3, why }
    const answer = await journal().append(
      aChange(before, { after, events: [anEvent('a'), anEvent('b')], pulse }),
    )
    expect(answer).toMatchObject({ outcome: 'appended', v: 2, wakeAt: pulse.wakeAt })
    const reading = await look(journal(), after.id)
    expect(reading.record).toEqual(after)
    expect(reading.pulse).toEqual({ v: 2, ...pulse })
    expect((await journal().events(after.id, 1, 10)).map(textOf)).toEqual(['a', 'b'])
    expect((await journal().list({ state: 'queued', pageSize: 10 })).items).toEqual([])
    expect((await journal().list({ state: 'running', pageSize: 10 })).items).toHaveLength(1)
  })

  test('an append against a stale reading is refused and changes nothing', async () => {
    const stale = await put(journal())
    await journal().append(aChange(stale, { events: [anEvent('first')] }))
    const before = await look(journal(), stale.record.id)
    const change = { after: running(stale.record, ['source:x']), events: [anEvent('second')], nudge: true }
    expect(await journal().append(aChange(stale, change))).toEqual({ outcome: 'overtaken' })
    const after = await look(journal(), stale.record.id)
    expect({ ...after, now: 0 }).toEqual({ ...before, now: 0 })
    expect((await journal().events(stale.record.id, 0, 10)).map(textOf)).toEqual(['created', 'first'])
    expect((await journal().list({ state: 'running', pageSize: 10 })).items).toEqual([])
    const other = await put(journal())
    const claim = await journal().append(aChange(other, { after: running(other.record, ['source:x']) }))
    expect(claim).toMatchObject({ outcome: 'appended' })
  })

  test('of many appends to the same reading exactly one is written', async () => {
    const before = await put(journal())
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, n) => journal().append(aChange(before, { events: [anEvent(`${n}`)] }))),
    )
    expect(answers.filter((answer) => answer.outcome === 'appended')).toHaveLength(1)
    expect(await journal().events(before.record.id, 0, 30)).toHaveLength(2)
  })

  test('an append to an id nobody created is refused', async () => {
    const before = await put(journal())
    const nobody = aMigration()
    expect(await journal().append(aChange({ ...before, record: nobody }, {}))).toEqual({
      outcome: 'overtaken',
    })
    expect(await journal().read(nobody.id)).toBeNull()
  })
}
