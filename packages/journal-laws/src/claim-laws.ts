import { type Journal, type MigrationId, type Reading, zone } from '@snapferry/migration'
import { expect, test } from 'vitest'
import { aChange, aMigration, anEvent, aPlan, created, parked, running, succeeded } from './a-migration.ts'
import { look, put } from './put.ts'

/** What claims and natural keys must do: one holder each, and who waits is woken. */
// biome-ignore lint/complexity/noExcessiveLinesPerFunction: laws are tests, and one list of them
export function claimLaws(journal: () => Journal): void {
  const claim = 'source:fr-par-1/s1'
  const take = async (before: Reading, name = claim) =>
    await journal().append(aChange(before, { after: running(before.record, [name]), events: [anEvent()] }))
  /** As a tick that was refused ends: it has seen its nudges and sleeps. */
  const sleep = async (id: MigrationId) => await journal().append(aChange(await look(journal(), id)))

  test('of two migrations that want one claim the second is told who holds it, and nothing of it changes', async () => {
    const [one, two] = [await put(journal()), await put(journal())]
    expect(await take(one)).toMatchObject({ outcome: 'appended' })
    expect(await take(two)).toEqual({ outcome: 'claimed', claim, by: one.record.id })
    expect((await look(journal(), two.record.id)).record).toEqual(two.record)
    expect(await journal().events(two.record.id, 0, 10)).toHaveLength(1)
  })

  test.each([
    {
      how: 'leaves the phase',
      end: (r: Reading) => ({ ...running(r.record, []), phase: 'inspect' as const }),
    },
    { how: 'parks', end: (r: Reading) => parked(r.record) },
    { how: 'ends', end: (r: Reading) => succeeded(r.record) },
  ])('when the holder $how the claim is free and who waited for it is woken', async ({ end }) => {
    const [one, two] = [await put(journal()), await put(journal())]
    await take(one)
    await take(two)
    await sleep(two.record.id)
    expect((await look(journal(), two.record.id)).nudges).toBe(0)
    const holder = await look(journal(), one.record.id)
    await journal().append(aChange(holder, { after: end(holder), events: [anEvent()] }))
    const woken = await look(journal(), two.record.id)
    expect(woken.nudges).toBe(1)
    expect(await take(woken)).toMatchObject({ outcome: 'appended' })
  })

  test('the oldest waiter is woken first, and of a long line only the first two', async () => {
    const holder = await put(journal())
    await take(holder)
    const ages = [5, 3, 4, 1, 2]
    const line = await Promise.all(
      ages.map((n) => put(journal(), aMigration({ createdAt: 1_800_000_000_000 + n }))),
    )
    for (const waiter of line) {
      await take(waiter)
      await sleep(waiter.record.id)
    }
    const now = await look(journal(), holder.record.id)
    await journal().append(aChange(now, { after: succeeded(now.record), events: [anEvent()] }))
    const nudged = await Promise.all(line.map(async (w) => (await look(journal(), w.record.id)).nudges))
    expect(ages.filter((_, at) => nudged[at] === 1).sort()).toEqual([1, 2])
  })

  test('a migration that stopped waiting is not woken in the place of one that still waits', async () => {
    const holder = await put(journal())
    await take(holder)
    const gone = await Promise.all([put(journal()), put(journal()), put(journal())])
    for (const waiter of gone) {
      await take(waiter)
      const reading = await look(journal(), waiter.record.id)
      await journal().append(aChange(reading, { after: parked(reading.record), events: [anEvent()] }))
    }
    const last = await put(journal(), aMigration({ createdAt: 1_900_000_000_000 }))
    await take(last)
    await sleep(last.record.id)
    const now = await look(journal(), holder.record.id)
    await journal().append(aChange(now, { after: succeeded(now.record), events: [anEvent()] }))
    expect((await look(journal(), last.record.id)).nudges).toBe(1)
  })

  test('claims are taken all or none', async () => {
    const [one, two, three] = [await put(journal()), await put(journal()), await put(journal())]
    await take(one, 'b')
    const both = await journal().append(aChange(two, { after: running(two.record, ['a', 'b']) }))
    expect(both).toEqual({ outcome: 'claimed', claim: 'b', by: one.record.id })
    expect(await take(three, 'a')).toMatchObject({ outcome: 'appended' })
  })

  const source = { kind: 'snapshot', id: 'the-one' } as const
  test('the same work twice at a time is answered with the migration that is under way', async () => {
    const one = await put(journal(), aMigration({ plan: { source } }))
    const two = aMigration({ plan: { source } })
    expect(await journal().create(two, created(two), null)).toEqual({
      outcome: 'under-way',
      id: one.record.id,
    })
    expect(await journal().read(two.id)).toBeNull()
    await put(journal(), aMigration({ plan: { source, to: zone('fr-par-3') } }))
  })

  test.each([
    { how: 'ended', end: (r: Reading) => succeeded(r.record) },
    { how: 'parked', end: (r: Reading) => parked(r.record) },
  ])('when the first has $how the same work may be asked for again', async ({ end }) => {
    const one = await put(journal(), aMigration({ plan: { source } }))
    await journal().append(aChange(one, { after: end(one), events: [anEvent()] }))
    await put(journal(), aMigration({ plan: { source } }))
  })

  test('a parked migration that is retried while another does its work is told so', async () => {
    const one = await put(journal(), aMigration({ plan: { source } }))
    await journal().append(aChange(one, { after: parked(one.record), events: [anEvent()] }))
    const two = await put(journal(), aMigration({ plan: { source } }))
    const again = await look(journal(), one.record.id)
    const retried = await journal().append(
      aChange(again, { after: running(again.record), events: [anEvent()] }),
    )
    expect(retried).toMatchObject({ outcome: 'claimed', by: two.record.id })
    expect((await look(journal(), one.record.id)).record.state).toBe('needs_attention')
  })

  test('a plan that learns its project keeps the key it had and takes the one it has now', async () => {
    const one = await put(journal(), aMigration({ plan: { source } }))
    const project = { ...aPlan().copy, project: 'p' }
    const plan = { ...one.record.plan, copy: project }
    expect(await journal().append(aChange(one, { after: { ...running(one.record), plan } }))).toMatchObject({
      v: 2,
    })
    for (const copy of [project, aPlan().copy]) {
      const two = aMigration({ plan: { source, copy } })
      expect(await journal().create(two, created(two), null)).toEqual({
        outcome: 'under-way',
        id: one.record.id,
      })
    }
    const now = await look(journal(), one.record.id)
    await journal().append(aChange(now, { after: succeeded(now.record) }))
    await put(journal(), aMigration({ plan: { source, copy: project } }))
    await put(journal(), aMigration({ plan: { source } }))
  })
}
