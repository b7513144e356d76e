import type { Reading } from '@snapferry/migration'
import { expect, test } from 'vitest'
import { aChange, parked, running, succeeded } from './a-migration.ts'
import type { JournalUnderTest } from './limited-journal.ts'
import { look } from './put.ts'
import { anItem, FLEET, sitting, ZONE } from './sitting.ts'

/** What budgets must do: as many at a time as they allow, and no more. */
// biome-ignore lint/complexity/noExcessiveLinesPerFunction: laws are tests, and one list of them
export function budgetLaws(it: () => JournalUnderTest): void {
  const journal = () => it().journal
  const { sit, put, ask, leave, park, use, nudges, close } = sitting(journal)
  const limit = (slot: string, concurrent: number | null, bytes: number | null = null) =>
    journal().budgets.set(slot, { concurrent, bytes })

  test('without a limit everybody sits, and is counted', async () => {
    for (let n = 0; n < 3; n++)
      expect(await ask((await put()).record.id, [FLEET, ZONE])).toMatchObject({ v: 2 })
    const none = { concurrent: null, bytes: null, used: 3, usedBytes: 3e9, waiting: 0 }
    expect(await journal().budgets.list()).toEqual([
      { slot: FLEET, ...none },
      { slot: ZONE, ...none },
    ])
  })

  test('who finds no place is told how many are taken, and nothing of it changes but that it stands in line', async () => {
    await limit(FLEET, 1)
    const [one, two] = [await put(), await put()]
    await ask(one.record.id)
    expect(await sit(two)).toEqual({ outcome: 'full', slot: FLEET, used: 1, limit: 1, ahead: 0 })
    expect((await look(journal(), two.record.id)).record).toEqual(two.record)
    expect(await use(FLEET)).toMatchObject({ used: 1, waiting: 1, concurrent: 1 })
  })

  test('places are taken all or none, together with claims', async () => {
    await limit(ZONE, 1)
    const [one, two, three] = [await put(), await put(), await put()]
    await ask(one.record.id, [FLEET, ZONE, 'source:a'])
    expect(await sit(two, ['source:b', FLEET, ZONE])).toMatchObject({ outcome: 'full', slot: ZONE })
    expect(await sit(two, ['source:a', FLEET])).toMatchObject({ outcome: 'claimed', by: one.record.id })
    expect(await use(FLEET)).toMatchObject({ used: 1 })
    expect(await sit(three, ['source:b', FLEET])).toMatchObject({ outcome: 'appended' })
  })

  test.each([
    {
      how: 'leaves the phase',
      end: (r: Reading) => ({ ...running(r.record, []), phase: 'inspect' as const }),
    },
    { how: 'parks', end: (r: Reading) => parked(r.record) },
    { how: 'ends', end: (r: Reading) => succeeded(r.record) },
  ])(
    'who $how gives its place back, with what it weighed then, and the first in line is woken',
    async ({ end }) => {
      await limit(FLEET, 1)
      const [one, two, three] = [await put(), await put(), await put()]
      for (const { record } of [one, two, three]) await ask(record.id)
      expect(await nudges(two.record.id)).toBe(0)
      const seated = await look(journal(), one.record.id)
      const grown = { ...seated.record, facts: { sizeBytes: 9e9 } }
      await journal().append(aChange(seated, { after: end({ ...seated, record: grown }) }))
      expect(await use(FLEET)).toMatchObject({ used: 0, usedBytes: 0, waiting: 2 })
      expect([await nudges(two.record.id), await nudges(three.record.id)]).toEqual([1, 0])
    },
  )

  test('an append that was overtaken takes no place, leaves none, and stands in no line', async () => {
    await limit(FLEET, 1)
    const [one, two] = [await put(), await put()]
    await journal().append(aChange(one))
    expect(await sit(one)).toEqual({ outcome: 'overtaken' })
    await ask(two.record.id)
    expect(await sit(one)).toEqual({ outcome: 'overtaken' })
    const stale = await look(journal(), two.record.id)
    await journal().append(aChange(stale))
    expect(await journal().append(aChange(stale, { after: parked(stale.record) }))).toEqual({
      outcome: 'overtaken',
    })
    expect(await use(FLEET)).toMatchObject({ used: 1, waiting: 0 })
  })

  test('a budget of gigabytes takes as many as weigh no more together', async () => {
    await limit(FLEET, null, 10e9)
    const [six, four, one] = [
      await put(anItem({ gigabytes: 6, age: 1 })),
      await put(anItem({ gigabytes: 4, age: 2 })),
      await put(anItem({ gigabytes: 1, age: 3 })),
    ]
    expect(await ask(six.record.id)).toMatchObject({ outcome: 'appended' })
    expect(await ask(four.record.id)).toMatchObject({ outcome: 'appended' })
    expect(await ask(one.record.id)).toEqual({ outcome: 'full', slot: FLEET, used: 10, limit: 10, ahead: 0 })
  })

  test('what is larger than the whole budget goes alone, and nothing goes beside it, however small', async () => {
    await limit(FLEET, null, 10e9)
    const [huge, small, none] = [
      await put(anItem({ gigabytes: 50, age: 1 })),
      await put(anItem({ gigabytes: 1, age: 2 })),
      await put(anItem({ gigabytes: 0, age: 0 })),
    ]
    expect(await ask(huge.record.id)).toMatchObject({ outcome: 'appended' })
    expect(await ask(none.record.id)).toMatchObject({ outcome: 'full', used: 50, limit: 10 })
    expect(await ask(small.record.id)).toMatchObject({ outcome: 'full' })
    await leave(huge.record.id)
    expect(await ask(none.record.id)).toMatchObject({ outcome: 'appended' })
    expect(await ask(small.record.id)).toMatchObject({ outcome: 'appended' })
  })

  test('a huge one that waits is not passed by small ones for ever', async () => {
    await limit(FLEET, null, 10e9)
    const [small, huge, later] = [
      await put(anItem({ gigabytes: 1, age: 1 })),
      await put(anItem({ gigabytes: 50, age: 2 })),
      await put(anItem({ gigabytes: 1, age: 3 })),
    ]
    await ask(small.record.id)
    await ask(huge.record.id)
    expect(await ask(later.record.id)).toMatchObject({ outcome: 'full', ahead: 1 })
    await leave(small.record.id)
    expect(await nudges(huge.record.id)).toBe(1)
    expect(await ask(huge.record.id)).toMatchObject({ outcome: 'appended' })
  })

  test('a limit that is lowered sends nobody away; one that is raised, or taken away, wakes who may go', async () => {
    const all = await Promise.all([1, 2, 3, 4].map((age) => put(anItem({ age }))))
    for (const { record } of all.slice(0, 2)) await ask(record.id)
    expect(await limit(FLEET, 1)).toEqual({ concurrent: null, bytes: null })
    for (const { record } of all.slice(2)) expect(await ask(record.id)).toMatchObject({ used: 2, limit: 1 })
    expect(await limit(FLEET, 3, 5e9)).toEqual({ concurrent: 1, bytes: null })
    const woken = () => Promise.all(all.slice(2).map(({ record }) => nudges(record.id)))
    expect(await woken()).toEqual([1, 0])
    expect(await limit(FLEET, null)).toEqual({ concurrent: 3, bytes: 5e9 })
    expect(await woken()).toEqual([2, 1])
    for (const { record } of all.slice(2)) expect(await ask(record.id)).toMatchObject({ outcome: 'appended' })
    await Promise.all(all.map(({ record }) => leave(record.id)))
    expect(await use(FLEET)).toMatchObject({ used: 0, usedBytes: 0 })
  })

  test.each([
    { how: 'is parked', go: park },
    {
      how: 'ends',
      go: async (id: Reading['record']['id']) => {
        const before = await look(journal(), id)
        await journal().append(aChange(before, { after: succeeded(before.record) }))
      },
    },
    {
      how: 'stands under a hold',
      go: async (id: Reading['record']['id']) => {
        await journal().append(aChange(await look(journal(), id), { stand: 'quota:profile/default' }))
      },
    },
    {
      how: 'waits for a claim',
      go: async (id: Reading['record']['id']) => {
        expect(await ask(id, ['source:a', FLEET])).toMatchObject({ outcome: 'claimed' })
      },
    },
    {
      how: 'waits for another budget',
      go: async (id: Reading['record']['id']) => {
        await limit(ZONE, 1)
        await ask((await put()).record.id, [ZONE])
        expect(await ask(id, [ZONE, FLEET])).toMatchObject({ outcome: 'full', slot: ZONE })
      },
    },
    {
      how: 'waits for something else',
      go: async (id: Reading['record']['id']) => {
        const before = await look(journal(), id)
        const why = { code: 'profile-unknown', text: 'none', since: 1 } as const
        await close(before, { pulse: { wakeAt: 0, plannedMs: 0, waitedMs: 0, looks: 0, why } })
      },
    },
  ])('the first in line, woken for a free place, that $how leaves it to the next', async ({ go }) => {
    await limit(FLEET, 1)
    const seated = await put()
    await ask(seated.record.id, ['source:a', FLEET])
    const [first, second] = [await put(anItem({ age: 1 })), await put(anItem({ age: 2 }))]
    for (const { record } of [first, second]) await ask(record.id)
    const before = await look(journal(), seated.record.id)
    await journal().append(aChange(before, { after: running(before.record, ['source:a']) }))
    expect([await nudges(first.record.id), await nudges(second.record.id)]).toEqual([1, 0])
    await go(first.record.id)
    expect(await nudges(second.record.id)).toBe(1)
    expect(await ask(second.record.id)).toMatchObject({ outcome: 'appended' })
  })

  test('the table of places is corrected only against the version it was decided on', async () => {
    await limit(FLEET, 1)
    const { record } = await put()
    const { v } = (await look(journal(), record.id)).pulse
    expect(await journal().budgets.hold(FLEET, record.id, v + 1, 5)).toBe(false)
    expect(await journal().budgets.hold(FLEET, record.id, v, 5)).toBe(true)
    expect(await journal().budgets.hold(FLEET, record.id, v, 5), 'it has it already').toBe(false)
    expect((await journal().budgets.page('0')).items).toEqual([[FLEET, record.id]])
    const waiter = await put()
    await ask(waiter.record.id)
    expect(await journal().budgets.free(FLEET, record.id, v + 1)).toBe(false)
    expect(await journal().budgets.free(ZONE, record.id, v)).toBe(false)
    expect(await journal().budgets.free(FLEET, record.id, v)).toBe(true)
    expect(await use(FLEET)).toMatchObject({ used: 0, usedBytes: 0 })
    expect(await nudges(waiter.record.id)).toBe(1)
  })
}
