import type { Journal } from '@snapferry/migration'
import { expect, test } from 'vitest'
import { aMigration, anId, created } from './a-migration.ts'
import { look, must } from './put.ts'

/** What creating a migration must do: once per id, per idempotency key and per body. */
export function creatingLaws(journal: () => Journal): void {
  test('what was created is read back as it was written, awake at once and nudged', async () => {
    const m = aMigration({ plan: { labels: { 'ü "quoted"': '\u2028 \\ \u0000' } } })
    const { redisRun } = await journal().clock()
    const answer = await journal().create(m, created(m), null)
    const reading = await look(journal(), m.id)
    expect(reading.record).toEqual(m)
    expect(reading.nudges).toBe(1)
    expect(reading.redisRun).toBe(redisRun)
    expect(answer).toEqual({ outcome: 'created', now: reading.pulse.wakeAt })
    expect(reading.pulse).toEqual({
      v: 1,
      wakeAt: reading.pulse.wakeAt,
      plannedMs: 0,
      waitedMs: 0,
      looks: 0,
      why: null,
    })
    expect(await journal().events(m.id, 0, 10)).toEqual([created(m)])
  })

  test('an id nobody created reads as null and has no history', async () => {
    expect(await journal().read(anId())).toBeNull()
    expect(await journal().events(anId(), 0, 10)).toEqual([])
  })

  const first = { key: 'k', fingerprint: 'one body' }
  test.each([
    { again: 'the same key and body', idempotency: first, sameId: false, outcome: 'known' },
    { again: 'the same key, body and id', idempotency: first, sameId: true, outcome: 'known' },
    {
      again: 'the same key, another body',
      idempotency: { key: 'k', fingerprint: 'other' },
      sameId: false,
      outcome: 'key-reused',
    },
    {
      again: 'another key',
      idempotency: { key: 'other', fingerprint: 'one body' },
      sameId: false,
      outcome: 'created',
    },
    { again: 'no key, the same id', idempotency: null, sameId: true, outcome: 'known' },
    {
      again: 'a forgotten key, the same id, another body',
      idempotency: { key: 'forgotten', fingerprint: 'other' },
      sameId: true,
      outcome: 'key-reused',
    },
    { again: 'no key', idempotency: null, sameId: false, outcome: 'created' },
  ])('after a request, one with $again is $outcome', async ({ idempotency, sameId, outcome }) => {
    const m = aMigration()
    await journal().create(m, created(m), first)
    const second = aMigration(sameId ? { id: m.id } : {})
    const answer = await journal().create(second, created(second), idempotency)
    expect(answer).toMatchObject({ outcome, ...(outcome === 'known' ? { id: m.id } : {}) })
    expect((await journal().list({ pageSize: 10 })).items).toHaveLength(outcome === 'created' ? 2 : 1)
    expect(await journal().events(m.id, 0, 10)).toHaveLength(1)
  })

  test('of many equal requests at the same time one creates and the others learn its id', async () => {
    const same = Array.from({ length: 20 }, () => aMigration())
    const answers = await Promise.all(same.map((m) => journal().create(m, created(m), first)))
    const winner = must(same[answers.findIndex((answer) => answer.outcome === 'created')])
    expect(answers.filter((answer) => answer.outcome === 'created')).toHaveLength(1)
    for (const answer of answers)
      if (answer.outcome !== 'created') expect(answer).toEqual({ outcome: 'known', id: winner.id })
  })
}
