import { type Hold, type MigrationId, PROBE_MS, type Raise } from '@snapferry/migration'
import { expect, test } from 'vitest'
import { aChange, parked, running } from './a-migration.ts'
import type { JournalUnderTest } from './limited-journal.ts'
import { look, must, put } from './put.ts'

const KEY = 'credentials:profile/default'
const QUOTA = 'quota:profile/default'

function aRaise(parts: Partial<Raise> = {}): Raise {
  return {
    ...{ name: KEY, kind: 'credentials', scope: 'profile/default', stops: 'calls', act: null },
    ...{ said: 'no "key" \u00fc', call: 'block DoIt', requestId: null },
    ...parts,
  }
}

/** What holds must do: stand once, be tried by one at a time, and wake everybody when they are over. */
// biome-ignore lint/complexity/noExcessiveLinesPerFunction: laws are tests, and one list of them
export function holdLaws(it: () => JournalUnderTest): void {
  const journal = () => it().journal
  const append = async (id: MigrationId, parts: Parameters<typeof aChange>[1]) =>
    await journal().append(aChange(await look(journal(), id), parts))
  const raise = (id: MigrationId, parts: Partial<Raise> = {}) => append(id, { raise: aRaise(parts) })
  const stand = (id: MigrationId, name = KEY) => append(id, { stand: name })
  const hold = async (name = KEY): Promise<Hold> =>
    must((await journal().holds.list()).find((one) => one.name === name))
  const some = (count: number) =>
    Promise.all(Array.from({ length: count }, async () => (await put(journal())).record.id))
  const nudges = async (ids: readonly MigrationId[]) =>
    await Promise.all(ids.map(async (id) => (await look(journal(), id)).nudges))

  test('an append puts a hold up, and every reading tells of it from then on', async () => {
    const [one = must<MigrationId>(undefined), two = one] = await some(2)
    expect(await look(journal(), two)).not.toHaveProperty('holds')
    await raise(one)
    const { now } = await journal().clock()
    const { holds } = await look(journal(), two)
    const standing = await hold()
    expect(holds).toEqual([standing])
    expect(standing).toEqual({
      ...aRaise(),
      since: standing.since,
      lastAt: standing.since,
      times: 1,
      by: null,
      probe: null,
      probeAt: standing.since + PROBE_MS,
    })
    expect(standing.since).toBeLessThanOrEqual(now)
  })

  test('who finds the same confirms it: it keeps its beginning, and has the newest words', async () => {
    const [one = must<MigrationId>(undefined), two = one] = await some(2)
    await raise(one)
    const first = await hold()
    await it().moveOn(5_000)
    await raise(two, { said: 'still no', requestId: 'r-2' })
    const second = await hold()
    expect(second).toEqual({ ...first, said: 'still no', requestId: 'r-2', times: 2, lastAt: second.lastAt })
    expect(second.lastAt).toBeGreaterThanOrEqual(first.lastAt + 5_000)
  })

  test('a refused look is the wider hold: it takes the place of that of a refused write, and not the other way', async () => {
    const [id = must<MigrationId>(undefined)] = await some(1)
    await raise(id, { act: 'retag', stops: 'creates' })
    await raise(id, { act: 'remove', stops: 'creates' })
    expect(await hold()).toMatchObject({ act: 'retag', stops: 'creates' })
    await raise(id)
    expect(await hold()).toMatchObject({ act: null, stops: 'calls' })
    await raise(id, { act: 'retag', stops: 'creates' })
    expect(await hold()).toMatchObject({ act: null, stops: 'calls', times: 4 })
  })

  test('holds of two kinds, or over two scopes, stand beside each other', async () => {
    const [id = must<MigrationId>(undefined)] = await some(1)
    await raise(id)
    await raise(id, { name: QUOTA, kind: 'quota', act: 'start-import', stops: 'creates' })
    await raise(id, { name: 'credentials:profile/b', scope: 'profile/b' })
    expect((await journal().holds.list()).map(({ name }) => name).sort()).toEqual([
      'credentials:profile/b',
      KEY,
      QUOTA,
    ])
  })

  test('an append that is overtaken or refused puts nothing up, lifts nothing and stands nowhere', async () => {
    const [one = must<MigrationId>(undefined), two = one] = await some(2)
    const stale = await look(journal(), one)
    await append(one, {})
    await journal().append(aChange(stale, { raise: aRaise(), stand: KEY }))
    await append(two, { after: running((await look(journal(), two)).record, ['source:a']) })
    const after = running((await look(journal(), one)).record, ['source:a'])
    expect(await append(one, { after, raise: aRaise(), stand: KEY })).toMatchObject({ outcome: 'claimed' })
    expect([await journal().holds.list(), await journal().holds.standing(KEY)]).toEqual([[], 0])
  })

  test('a minute later one of those who stand under it is told to try, and only one', async () => {
    const ids = await some(5)
    await raise(must(ids[0]))
    for (const id of ids.slice(1)) await stand(id)
    expect(await journal().holds.standing(KEY)).toBe(4)
    expect(await journal().holds.probe(0.5)).toBe(0)
    await it().moveOn(PROBE_MS)
    expect(await journal().holds.probe(0.5)).toBe(1)
    const { probe, probeAt } = await hold()
    expect(await nudges(ids)).toEqual(ids.map((id) => (id === probe ? 1 : 0)))
    expect(ids.slice(1)).toContain(probe)
    const { now } = await journal().clock()
    expect(must(probeAt ?? undefined)).toBeGreaterThanOrEqual(now + 0.7 * PROBE_MS)
    expect(await journal().holds.probe(0.5)).toBe(0)
  })

  test('the dice reach everybody who stands under it', async () => {
    const ids = await some(3)
    await raise(must(ids[0]))
    for (const id of ids) await stand(id)
    const tried = new Set<string | null>()
    for (const dice of [0, 0.34, 0.999]) {
      await it().moveOn(2 * PROBE_MS)
      await journal().holds.probe(dice)
      tried.add((await hold()).probe)
    }
    expect(tried).toEqual(new Set(ids))
  })

  test('nobody tries where nobody stands, and none under a drain', async () => {
    const [id = must<MigrationId>(undefined)] = await some(1)
    await raise(id)
    const drain = {
      ...aRaise(),
      name: 'drain:fleet',
      kind: 'drain',
      scope: 'fleet',
      stops: 'creates',
      by: 'me',
      probeAt: null,
    } as const
    await journal().holds.put(drain)
    await stand(id, 'drain:fleet')
    await it().moveOn(10 * PROBE_MS)
    expect(await journal().holds.probe(0)).toBe(0)
  })

  test('only the one that was to try lifts it, and everybody who stands under it is woken and stands there no more', async () => {
    const ids = await some(6)
    await raise(must(ids[0]))
    for (const id of ids) await stand(id)
    await it().moveOn(PROBE_MS)
    await journal().holds.probe(0)
    const probe = must((await hold()).probe ?? undefined)
    const other = must(ids.find((id) => id !== probe))
    await append(other, { lift: [KEY], stand: KEY })
    expect(await hold()).toMatchObject({ probe })
    await append(must(ids.find((id) => id === probe)), { lift: [KEY, 'credentials:profile/other'] })
    expect([await journal().holds.list(), await journal().holds.standing(KEY)]).toEqual([[], 0])
    const others = ids.filter((id) => id !== probe)
    expect(await nudges(others)).toEqual(others.map(() => 1))
  })

  test('whoever is answered the same again has tried: the next one tries a minute later', async () => {
    const [one = must<MigrationId>(undefined), two = one] = await some(2)
    await raise(one)
    for (const id of [one, two]) await stand(id)
    await it().moveOn(PROBE_MS)
    await journal().holds.probe(0)
    const { probe, probeAt } = await hold()
    const tried = probe === one ? one : two
    await raise(tried)
    expect(await hold()).toMatchObject({ probe: null, probeAt, times: 2 })
    await append(tried, { lift: [KEY] })
    expect(await hold(), 'it tries no more').toMatchObject({ probe: null })
  })

  test('who stands under one hold and then under another is woken by the second alone; who leaves, by none', async () => {
    const ids = await some(3)
    const [one = must<MigrationId>(undefined), two = one, three = one] = ids
    await raise(one)
    await raise(one, { name: QUOTA, kind: 'quota' })
    for (const id of ids) await stand(id)
    await stand(two, QUOTA)
    await append(three, { after: parked((await look(journal(), three)).record) })
    const before = await nudges(ids)
    expect(await journal().holds.lift(KEY)).toMatchObject({ name: KEY })
    expect((await nudges(ids)).map((count, at) => count - must(before[at]))).toEqual([1, 0, 0])
    await journal().holds.lift(QUOTA)
    expect((await nudges(ids)).map((count, at) => count - must(before[at]))).toEqual([1, 1, 0])
    expect(await journal().holds.lift(QUOTA)).toBeNull()
  })

  test('who sits down, or stands in a line, stands under no hold any more', async () => {
    const [id = must<MigrationId>(undefined)] = await some(1)
    await raise(id)
    await stand(id)
    await append(id, { after: running((await look(journal(), id)).record, ['slot:export']) })
    expect(await journal().holds.standing(KEY)).toBe(0)
  })

  test('an operator puts one up, changes its words, and ends it', async () => {
    const drain = {
      ...aRaise(),
      name: 'drain:fleet',
      kind: 'drain',
      scope: 'fleet',
      stops: 'creates',
      by: 'me',
      probeAt: null,
    } as const
    const first = await journal().holds.put(drain)
    expect(first).toMatchObject({ ...drain, times: 1, probe: null })
    await it().moveOn(1_000)
    const second = await journal().holds.put({ ...drain, said: 'the provider works' })
    expect([second.since, second.said, second.times]).toEqual([first.since, 'the provider works', 2])
    expect(await journal().holds.list()).toEqual([second])
    expect(await journal().holds.lift('drain:fleet')).toEqual(second)
  })

  test('of more than a thousand who stand under it the chore wakes the rest, but not under one that stands anew', async () => {
    const count = 1_100
    const ids: MigrationId[] = []
    while (ids.length < count) ids.push(...(await some(100)))
    await raise(must(ids[0]))
    for (let at = 0; at < count; at += 100) await Promise.all(ids.slice(at, at + 100).map((id) => stand(id)))
    await journal().holds.lift(KEY)
    expect(await journal().holds.standing(KEY)).toBe(100)
    await raise(must(ids[0]))
    expect([await journal().holds.wakeLifted(), await journal().holds.standing(KEY)]).toEqual([0, 100])
    await journal().holds.lift(KEY)
    expect([await journal().holds.wakeLifted(), await journal().holds.standing(KEY)]).toEqual([0, 0])
    expect((await nudges(ids)).filter((many) => many > 0).length).toBeGreaterThanOrEqual(count - 1)
  })
}
