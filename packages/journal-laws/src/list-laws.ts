import { type Journal, type MigrationId, type Reading, zone } from '@snapferry/migration'
import { assert, asyncProperty, constantFrom, integer, record } from 'fast-check'
import { expect, test } from 'vitest'
import { aChange, aMigration, aPlan, running, succeeded } from './a-migration.ts'
import { must, put } from './put.ts'

/** What lists must do: every page size visits each migration once, in order. */
export function listLaws(journal: () => Journal): void {
  const zones = ['fr-par-1', 'fr-par-2', 'fr-par-3'].map(zone)
  const filters = record(
    {
      state: constantFrom('queued', 'running', 'succeeded'),
      from: constantFrom(...zones),
      to: constantFrom(...zones),
      source: constantFrom('s0', 's1', 'images/a.qcow2', 'nothing'),
    },
    { requiredKeys: [] },
  )

  /** 150 migrations of few times, zones, sources and states, so that everything clashes. */
  async function fill(): Promise<readonly Reading[]> {
    const all: Reading[] = []
    for (let n = 0; n < 150; n++) {
      const source =
        n % 5 === 0
          ? ({ kind: 'image', bucket: 'images', key: 'a.qcow2' } as const)
          : ({ kind: 'volume', id: `s${n % 3}` } as const)
      const plan = {
        source,
        from: n % 5 === 0 ? null : must(zones[n % 3]),
        to: must(zones[n % 2]),
        copy: { ...aPlan().copy, project: `${n}` },
      }
      const reading = await put(journal(), aMigration({ createdAt: 1_700_000_000_000 + (n % 7), plan }))
      const after = must([reading.record, running(reading.record), succeeded(reading.record)][n % 3])
      await journal().append(aChange(reading, { after }))
      all.push({ ...reading, record: after })
    }
    return all
  }

  test('any page size visits exactly what the filters say, once each, newest first', async () => {
    const all = await fill()
    await assert(
      asyncProperty(filters, integer({ min: 1, max: 170 }), async (query, pageSize) => {
        const seen = await walk(journal(), { ...query, pageSize })
        const wanted = all
          .map((reading) => reading.record)
          .filter((m) => query.state === undefined || m.state === query.state)
          .filter((m) => query.from === undefined || m.plan.from === query.from)
          .filter((m) => query.to === undefined || m.plan.to === query.to)
          .filter((m) => query.source === undefined || sourceOf(m.plan.source) === query.source)
          .sort((a, b) => b.createdAt - a.createdAt || (a.id < b.id ? 1 : -1))
        expect(seen).toEqual(wanted.map((m) => m.id))
      }),
      { numRuns: 60 },
    )
  })

  test('what is created while a list is walked does not make it repeat or leave out the older ones', async () => {
    const old = await Promise.all(
      Array.from({ length: 9 }, (_, n) => put(journal(), aMigration({ createdAt: 100 + n }))),
    )
    const first = await journal().list({ pageSize: 4 })
    await put(journal(), aMigration({ createdAt: 500 }))
    const rest = await walk(journal(), { pageSize: 4, pageToken: first.nextPageToken })
    const seen = [...first.items.map((item) => item.record.id), ...rest]
    expect(seen).toEqual(old.map((reading) => reading.record.id).reverse())
  })

  test('a token belongs to its filters, is safe in a URL, and may go on with another page size', async () => {
    for (let n = 0; n < 4; n++) await put(journal())
    const { nextPageToken } = await journal().list({ state: 'queued', pageSize: 2 })
    expect(nextPageToken).toMatch(/^[A-Za-z0-9_-]+$/)
    expect(
      (await journal().list({ state: 'queued', pageSize: 3, pageToken: nextPageToken })).items,
    ).toHaveLength(2)
    for (const bad of [{ pageToken: nextPageToken }, { state: 'queued' as const, pageToken: 'made up' }])
      await expect(journal().list({ ...bad, pageSize: 2 })).rejects.toThrow(
        expect.objectContaining({ name: 'BadCursor' }),
      )
  })

  test.each([0, -1, 1.5, 1_001, Number.NaN])('a page of %s items is refused', async (pageSize) => {
    await expect((async () => await journal().list({ pageSize }))()).rejects.toThrow(RangeError)
  })
}

async function walk(journal: Journal, query: Parameters<Journal['list']>[0]): Promise<MigrationId[]> {
  const seen: MigrationId[] = []
  let token = query.pageToken ?? ''
  do {
    const { pageToken: _, ...rest } = query
    const page = await journal.list(token === '' ? rest : { ...rest, pageToken: token })
    expect(page.items.length).toBeLessThanOrEqual(query.pageSize)
    seen.push(...page.items.map((item) => item.record.id))
    token = page.nextPageToken
  } while (token !== '')
  return seen
}

function sourceOf(source: { kind: string; id?: string; bucket?: string; key?: string }): string {
  return source.id ?? `${source.bucket}/${source.key}`
}
