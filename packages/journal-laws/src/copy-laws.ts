import { bytes, type Migration } from '@snapferry/migration'
import { expect, test } from 'vitest'
import { aChange, aMigration, anEvent, aPlan, parked, running, succeeded } from './a-migration.ts'
import type { JournalUnderTest } from './limited-journal.ts'
import { look, put } from './put.ts'

/** What a journal must keep of copies and of calls: the catalogue knows each copy from its proof on. */
export function copyLaws(it: () => JournalUnderTest): void {
  const journal = () => it().journal
  const copy = { name: 'web', tags: [], sizeBytes: bytes(5e9), project: 'p', type: 'sbs' } as const
  const facts = { copy: 'copy-1', provenAt: 1_700_000_000_500, volume: 'v', takenAt: 7 }
  const proven = (m: Migration): Migration => ({
    ...{ ...running(m), plan: aPlan({ ...m.plan, copy }), facts, phase: 'tidy', proven: true },
  })

  test('the append that proves a copy writes it into the catalogue, and none before it does', async () => {
    const before = await put(journal())
    const unproven = { ...running(before.record), facts: { copy: 'copy-1' } }
    await journal().append(aChange(before, { after: unproven, events: [anEvent()] }))
    expect(await it().copies()).toEqual([])
    const importing = await look(journal(), before.record.id)
    await journal().append(aChange(importing, { after: proven(importing.record), events: [anEvent()] }))
    const { from, to, source } = before.record.plan
    expect(await it().copies()).toEqual([
      {
        ...{
          id: 'copy-1',
          backend: 'block',
          zone: to,
          project: 'p',
          type: 'sbs',
          sizeBytes: 5e9,
          name: 'web',
        },
        ...{ migration: before.record.id, source, from, volume: 'v', takenAt: 7, provenAt: facts.provenAt },
      },
    ])
  })

  test('an append that is overtaken, refused, or of a copy that is known already writes none', async () => {
    const before = await put(journal())
    const other = await put(journal())
    await journal().append(aChange(other, { after: running(other.record, ['source:a']) }))
    const claimed = { ...proven(before.record), claims: ['source:a'] }
    expect(await journal().append(aChange(before, { after: claimed }))).toMatchObject({ outcome: 'claimed' })
    await journal().append(aChange(before))
    expect(await journal().append(aChange(before, { after: proven(before.record) }))).toEqual({
      outcome: 'overtaken',
    })
    expect(await it().copies()).toEqual([])
    await put(journal(), aMigration())
    const now = await look(journal(), before.record.id)
    await journal().append(aChange(now, { after: proven(now.record) }))
    const arrived = await look(journal(), before.record.id)
    const renamed = {
      ...succeeded(aMigration()),
      ...arrived.record,
      state: 'succeeded',
      endedAt: 9,
    } as Migration
    await journal().append(
      aChange(arrived, { after: { ...renamed, plan: { ...renamed.plan, copy: { ...copy, name: 'x' } } } }),
    )
    expect((await it().copies()).map(({ name }) => name)).toEqual(['web'])
  })

  test('what an append says has worked is remembered, once each, whoever says it', async () => {
    const [one, two] = [await put(journal()), await put(journal())]
    expect(await journal().holds.worked()).toEqual([])
    await journal().append(aChange(one, { worked: ['bucket|default|b', 'retag|default'] }))
    await journal().append(aChange(one, { worked: ['never'] }))
    await journal().append(aChange(two, { after: parked(two.record), worked: ['retag|default'] }))
    expect([...(await journal().holds.worked())].sort()).toEqual(['bucket|default|b', 'retag|default'])
  })
}
