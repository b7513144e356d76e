import type { OrphanPage, SweepView } from '@snapferry/contracts'
import { type CensusEntry, type Credential, SANDBOX_CREDENTIAL } from '@snapferry/emulator'
import { openRedis } from '@snapferry/redis'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { APIS, oursOf, startMoving } from './hold.ts'
import { LeftoverMaker } from './leftover-maker.ts'
import { copyRedis, rewindRedis } from './redis-copy.ts'
import { Town } from './town.ts'

const HOURS = 3_600_000
const NOBODY = 'mig_nobodynobodynobodynobody01'
const MIRROR = 'mirror'

let town: Town
let maker: LeftoverMaker
beforeEach(async () => {
  town = await Town.open()
  maker = new LeftoverMaker(town)
})
// Closing a town rejects when anything of other people was touched.
afterEach(async () => {
  maker.close()
  await town.close()
})

/** A finished migration of a new volume. */
async function finished(api: 'instance' | 'block', of = town): Promise<{ id: string; volume: string }> {
  const volume = of.emulator.admin.seedVolume({ api, zone: 'fr-par-1' }).id
  const { id } = await of.create({ source: { volume }, from: 'fr-par-1', to: 'fr-par-2' })
  expect(await of.ended(id)).toMatchObject({ state: 'succeeded', leftovers: [] })
  return { id, volume }
}

/** Asks for a sweep and waits for the worker to finish it. */
async function swept(body: object, of = town): Promise<SweepView> {
  const answer = await of.ask<SweepView>('POST', '/v1/orphans/sweep?wait=30s', body)
  expect(answer.status, JSON.stringify(answer.body)).toBe(202)
  expect(answer.body.state).toBe('finished')
  return answer.body
}

async function orphans(query = ''): Promise<OrphanPage> {
  return (await town.ask<OrphanPage>('GET', `/v1/orphans${query}`)).body
}

const idsOf = (page: OrphanPage, kind: string) =>
  page.items
    .filter((one) => one.kind === kind)
    .map((one) => (one.what === 'upload' ? `upload ${one.id}` : one.id))
    .toSorted()

const census = () => town.emulator.admin.census()
const keyOfThing = (one: CensusEntry) =>
  one.kind === 'upload' ? `upload ${one.name}` : one.kind === 'object' ? one.name : one.id
const present = async () => (await census()).filter(({ missing }) => !missing).map(keyOfThing)

/** Time goes on by a day and more, with a migration at its end: the newest event is then newer than all that was planted. */
async function aDayLater(plantYoung = async () => {}): Promise<void> {
  await town.advance(25 * HOURS)
  await town.quiet()
  await plantYoung()
  await finished('block')
  await town.advance(HOURS)
  await town.quiet()
}

/** Things of other people and of other installations, with every name that looks like ours. */
async function plantForeign(id: string): Promise<void> {
  const { admin } = town.emulator
  const tags = [
    ['prod'],
    [`snapferry:wip=default2.${id}.1`],
    [`snapferry:wip=default-2.${id}.1`],
    [`snapferry:wip=other.${id}.1`],
    [`snapferry:copy=other.${NOBODY}`],
    [`snapferry:wip=default.${id}`],
    [`snapferry:wip=default.${id}.0`],
    [`snapferry:wip=default.${id}x.1`],
    ['snapferry:wip=default.mig_short.1'],
    [`snapferry:wip=default.${id}.1`, `snapferry:wip=other.${id}.1`],
    [`SNAPFERRY:WIP=default.${id}.1`],
  ]
  for (const api of APIS)
    for (const zone of ['fr-par-1', 'fr-par-2', 'fr-par-3'])
      for (const [at, list] of tags.entries())
        admin.seedSnapshot({ api, zone, tags: list, name: `foreign-${at}` })
  // Our whole tag in a zone in which that migration has no business: somebody copied our tags.
  admin.seedSnapshot({ api: 'block', zone: 'fr-par-3', tags: [`snapferry:wip=default.${id}.3`] })
  // And a mirror of our bucket, which belongs to whoever made it.
  admin.seedBucket({ name: MIRROR, region: 'fr-par' })
  for (const key of [
    `snapferry/default2/work/${id}/1.qcow2`,
    `snapferry/other/work/${NOBODY}/1.qcow2`,
    `snapferry/default/work/${id}/../${id}/1.qcow2`,
    `snapferry/default/work/${id}/1.qcow2.bak`,
    'snapferry/default/work/readme.txt',
    `snapferry/default/workshop/${id}/1.qcow2`,
    `xsnapferry/default/work/${id}/1.qcow2`,
    'backup.qcow2',
  ])
    await admin.seedObject({ bucket: 'staging', key, text: 'not yours' })
  await admin.seedObject({ bucket: MIRROR, key: `snapferry/default/work/${id}/91.qcow2`, text: 'a mirror' })
}

test('every late thing goes, orphans are told and stay, and nothing of anybody else is touched', async () => {
  const { id, volume } = await finished('block')
  const local = await finished('instance')
  await plantForeign(id)
  const another = town.emulator.admin.seedVolume({ api: 'instance', zone: 'fr-par-1' }).id
  const work = (of: string, send: number) => `snapferry/default/work/${of}/${send}.qcow2`
  await town.emulator.admin.seedObject({ bucket: 'staging', key: 'disk.qcow2', image: {} })
  const late = [
    await maker.imported('block', {
      zone: 'fr-par-2',
      key: 'disk.qcow2',
      tags: [`snapferry:wip=default.${id}.4`],
    }),
    await maker.imported('instance', {
      zone: 'fr-par-2',
      key: 'disk.qcow2',
      tags: [`snapferry:wip=default.${local.id}.4`],
    }),
    await maker.taken('block', { zone: 'fr-par-1', volume, tags: [`snapferry:wip=default.${id}.1`] }),
    await maker.taken('instance', {
      zone: 'fr-par-1',
      volume: local.volume,
      tags: [`snapferry:wip=default.${local.id}.1`],
    }),
    work(id, 7),
    `upload ${work(local.id, 8)}`,
  ]
  await maker.object(work(id, 7))
  await maker.upload(work(local.id, 8), 5_000)
  const nobody = [
    await maker.imported('block', {
      zone: 'fr-par-2',
      key: 'disk.qcow2',
      tags: [`snapferry:wip=default.${NOBODY}.1`],
    }),
    await maker.taken('instance', {
      zone: 'fr-par-1',
      volume: another,
      tags: [`snapferry:wip=default.${NOBODY}.2`],
    }),
    `snapferry/default/keep/${NOBODY}/1.qcow2`,
    work(NOBODY, 2),
    `upload ${work(NOBODY, 3)}`,
  ]
  await maker.object(`snapferry/default/keep/${NOBODY}/1.qcow2`)
  await maker.object(work(NOBODY, 2))
  await maker.upload(work(NOBODY, 3))
  const unclaimed = await maker.imported('block', {
    zone: 'fr-par-2',
    key: 'disk.qcow2',
    tags: [
      `snapferry:copy=default.${NOBODY}`,
      `snapferry:volume=${volume}`,
      'snapferry:taken=2026-01-02T03:04:05.000Z',
      'snapferry:verified=2026-01-02T04:00:00.000Z',
    ],
  })
  let young = ''
  await aDayLater(async () => {
    const tags = [`snapferry:wip=default.${NOBODY}.9`]
    young = await maker.imported('block', { zone: 'fr-par-2', key: 'disk.qcow2', tags })
  })

  const before = (await present()).toSorted()
  const looked = await swept({})
  expect(looked).toMatchObject({ dryRun: true, refused: [], marked: { things: 0, bytes: 0 } })
  const listed = await orphans('?pageSize=1000')
  expect(idsOf(listed, 'late')).toEqual(late.toSorted())
  expect(idsOf(listed, 'orphan')).toEqual(nobody.toSorted())
  expect(idsOf(listed, 'unclaimed')).toEqual([unclaimed])
  expect(looked.counts?.['too-young']?.things).toBe(1)
  expect(looked.counts?.['copy']?.things, 'one copy for each of the migrations').toBe(3)
  expect(looked.places?.filter(({ notSeen }) => notSeen !== undefined)).toEqual([])
  expect((await present()).toSorted(), 'a dry run changes nothing').toEqual(before)

  const removing = await swept({ dryRun: false })
  const bytes = listed.items.filter(({ kind }) => kind === 'late').reduce((sum, one) => sum + one.bytes, 0)
  expect(removing).toMatchObject({ refused: [], marked: { things: late.length, bytes } })
  expect((await town.get(id)).leftovers.map(({ reason }) => reason)).not.toContain('not-ours')
  await town.settle(async () =>
    (await Promise.all([id, local.id].map((one) => town.get(one)))).every(
      ({ leftovers }) => leftovers.length === 0,
    ),
  )

  const gone = new Set(late)
  expect((await present()).toSorted(), 'exactly the late things are gone').toEqual(
    before.filter((one) => !gone.has(one)),
  )
  expect(before).toEqual(expect.arrayContaining([...late, ...nobody, unclaimed, young]))
  expect(await town.foreignTouched()).toEqual([])

  const after = await swept({ dryRun: false })
  expect(after).toMatchObject({ marked: { things: 0, bytes: 0 } })
  const stillThere = await orphans('?kind=orphan&pageSize=2')
  expect(stillThere.items).toHaveLength(2)
  const rest = await orphans(`?kind=orphan&pageSize=1000&pageToken=${stillThere.nextPageToken}`)
  expect(idsOf({ ...rest, items: [...stillThere.items, ...rest.items] }, 'orphan')).toEqual(nobody.toSorted())
  const seenAt = (page: OrphanPage) => page.items.find(({ kind }) => kind === 'orphan')?.firstSeenTime
  expect(seenAt(stillThere), 'it tells since when').toBe(seenAt(listed))

  const adopted = await town.ask<object>('POST', `/v1/copies/${unclaimed}/adopt`)
  expect(adopted).toMatchObject({
    status: 200,
    body: {
      ...{ id: unclaimed, migrationId: NOBODY, zone: 'fr-par-2', backend: 'block', volume },
      source: { kind: 'volume', id: volume },
      ...{ dataTime: '2026-01-02T03:04:05.000Z', verifyTime: '2026-01-02T04:00:00.000Z' },
    },
  })
  expect((await town.ask<{ code: string }>('POST', `/v1/copies/${unclaimed}/adopt`)).body.code).toBe(
    'copy_claimed',
  )
  await swept({})
  expect(idsOf(await orphans(), 'unclaimed')).toEqual([])
  const [lifecycle] = (await orphans()).lifecycle
  expect(lifecycle).toMatchObject({ bucket: 'staging', region: 'fr-par' })
  expect(lifecycle?.command).toContain('snapferry/default/work/')
})

test('while migrations are on their way or parked a sweep touches nothing of theirs', async () => {
  town.emulator.admin.armFault({
    match: { operation: 'ImportSnapshot' },
    times: 1,
    fault: { kind: 'turn-locked' },
  })
  const old = await startMoving(town, 'block')
  await town.until(old.id, ({ state }) => state === 'needs_attention')
  await town.advance(30 * HOURS)
  await town.quiet()
  const moving = await startMoving(town, 'instance')
  await town.until(moving.id, ({ phase }) => phase === 'import')
  const before = await Promise.all([old.id, moving.id].map((id) => oursOf(town, id)))
  expect(before.every((things) => things.length > 0)).toBe(true)

  const report = await swept({ dryRun: false })
  expect(report).toMatchObject({ refused: [], marked: { things: 0, bytes: 0 } })
  expect(report.counts?.['in-use']?.things).toBeGreaterThanOrEqual(before.flat().length)
  expect((await orphans()).items).toEqual([])
  expect(await Promise.all([old.id, moving.id].map((id) => oursOf(town, id)))).toEqual(before)
  const locked = before[0]?.find(({ state }) => state === 'locked')
  await town.emulator.admin.turn({ id: locked?.id ?? '', state: 'available' })
  expect((await town.ask('POST', `/v1/migrations/${old.id}/retry`)).status).toBe(202)
  for (const { id } of [old, moving])
    expect(await town.until(id, ({ done }) => done)).toMatchObject({ state: 'succeeded', leftovers: [] })
})

test('a worker that stops in the middle of a sweep costs a repeat, and nothing is forgotten or removed twice', async () => {
  const { id, volume } = await finished('block')
  const late = await maker.taken('block', {
    zone: 'fr-par-1',
    volume,
    tags: [`snapferry:wip=default.${id}.1`],
  })
  await aDayLater()
  // The list of the last zone never comes, so the sweep is cut off between its first list and its end.
  town.emulator.admin.armFault({
    match: { operation: 'ListSnapshots', zone: 'fr-par-3' },
    times: 'forever',
    fault: { kind: 'timeout' },
  })
  const asked = await town.ask<SweepView>('POST', '/v1/orphans/sweep', { dryRun: false })
  expect(asked.status).toBe(202)
  await town.eventually(async () => (await orphans()).pending?.state === 'running')
  await town.stopWorkers()
  expect((await orphans()).pending?.id, 'it is still asked for').toBe(asked.body.id)
  town.emulator.admin.clearFaults()
  await town.startWorker()

  const isDone = async () => (await orphans()).sweep?.id === asked.body.id
  // Whoever is cut off may keep the lease of the chore for 15 s.
  await town.eventually(isDone).catch(() => town.eventually(isDone))
  expect((await orphans()).pending).toBeUndefined()
  await town.settle(async () => !(await present()).includes(late))
  const removals = town.emulator.admin
    .requests()
    .filter(({ operation, path }) => operation === 'DeleteSnapshot' && path.includes(late))
  expect(removals).toHaveLength(1)
  expect(await town.get(id)).toMatchObject({ state: 'succeeded', leftovers: [] })
})

test('an empty journal removes nothing, and neither does one that is younger than the things', async () => {
  const { id, volume } = await finished('block')
  await maker.taken('block', { zone: 'fr-par-1', volume, tags: [`snapferry:wip=default.${id}.1`] })
  await aDayLater()
  const before = (await present()).toSorted()
  const client = openRedis(town.redis.url, 'requests')
  await town.eventually(async () => (await client.ping()) === 'PONG')
  await town.stopWorkers()
  await client.flushall()
  client.disconnect()
  await town.setClock(town.time.offsetMs)
  await town.restartApi()
  await town.startWorker()

  const empty = await swept({ dryRun: false })
  expect(empty.refused?.map(({ code }) => code)).toEqual(['journal-empty'])
  expect(empty.places?.length, 'it knows its places by the configuration').toBeGreaterThan(0)
  expect((await orphans('?kind=orphan')).items.length, 'told, and not removed').toBeGreaterThan(0)
  expect((await orphans('?kind=unclaimed')).items, 'the other one is too young').toHaveLength(1)
  expect((await present()).toSorted()).toEqual(before)

  await finished('block')
  const younger = await swept({ dryRun: false })
  expect(younger.refused?.map(({ code }) => code)).toEqual(['journal-younger'])
  expect(await present()).toEqual(expect.arrayContaining(before))
})

test('a journal that was put back removes nothing until it has gone on', async () => {
  const { id, volume } = await finished('block')
  const late = await maker.taken('block', {
    zone: 'fr-par-1',
    volume,
    tags: [`snapferry:wip=default.${id}.1`],
  })
  await aDayLater()
  const copy = await copyRedis(town)
  await town.advance(2 * HOURS)
  await finished('instance')
  await town.advance(2 * HOURS)
  await town.quiet()
  await rewindRedis(town, copy)

  const refused = await swept({ dryRun: false })
  expect(refused.refused?.map(({ code }) => code)).toEqual(['journal-rolled-back'])
  expect(refused).toMatchObject({ marked: { things: 0 } })
  expect(await present()).toContain(late)

  await finished('block')
  expect(await swept({ dryRun: false })).toMatchObject({ refused: [], marked: { things: 1 } })
  await town.settle(async () => !(await present()).includes(late))
})

test('a zone that cannot be listed is told, and nothing is concluded about it', async () => {
  const { id, volume } = await finished('block')
  const late = await maker.taken('block', {
    zone: 'fr-par-1',
    volume,
    tags: [`snapferry:wip=default.${id}.1`],
  })
  await aDayLater()
  await swept({})
  const firstSeen = async () => (await orphans('?kind=late')).items.map(({ firstSeenTime }) => firstSeenTime)
  const [since] = await firstSeen()
  await town.advance(HOURS)
  town.emulator.admin.armFault({
    match: { operation: 'ListSnapshots', zone: 'fr-par-1' },
    times: 'forever',
    fault: { kind: 'permissions-403' },
  })
  const blind = await swept({ dryRun: false })
  const missed = blind.places?.filter(({ notSeen }) => notSeen !== undefined).map(({ place }) => place)
  expect(missed?.every((place) => place.includes('/fr-par-1/'))).toBe(true)
  expect(missed).toHaveLength(2)
  expect(await firstSeen()).toEqual([])
  expect(await present()).toContain(late)

  town.emulator.admin.clearFaults()
  await swept({})
  expect(await firstSeen(), 'since when is not forgotten over it').toEqual([since])
  expect(await swept({ dryRun: false })).toMatchObject({ refused: [], marked: { things: 1 } })
  await town.settle(async () => !(await present()).includes(late))
})

test('more than fifty things are removed only when somebody has read the list', async () => {
  const { id } = await finished('block')
  for (let send = 100; send < 151; send++)
    await maker.object(`snapferry/default/work/${id}/${send}.qcow2`, 10)
  await aDayLater()
  const refused = await swept({ dryRun: false })
  expect(refused.refused?.map(({ code }) => code)).toEqual(['too-many'])
  expect((await orphans('?kind=late&pageSize=1000')).items).toHaveLength(51)
  const fewer = await swept({ dryRun: false, acknowledge: { things: 50, bytes: 1_000 } })
  expect(fewer.refused?.map(({ code }) => code)).toEqual(['too-many'])

  const told = await swept({ dryRun: false, acknowledge: { things: 51, bytes: 510 } })
  expect(told).toMatchObject({ refused: [], marked: { things: 51, bytes: 510 } })
  await town.settle(
    async () => !(await present()).some((one) => one.startsWith(`snapferry/default/work/${id}/`)),
  )
  expect((await town.get(id)).leftovers).toEqual([])
})

test('two installations of confusing names sweep side by side, each only its own', async () => {
  const secondKey: Credential = {
    ...SANDBOX_CREDENTIAL,
    accessKey: 'SCWSANDBOX0000000002',
    secretKey: '2b7e1516-28ae-42d6-abf7-158809cf4f3c',
  }
  const north = await Town.open({ install: 'default', keys: [SANDBOX_CREDENTIAL, secondKey] })
  const south = await Town.open({ install: 'default2', key: secondKey, beside: north })
  const late: { town: Town; id: string; thing: string }[] = []
  for (const one of [north, south]) {
    const { id, volume } = await finished('block', one)
    const made = new LeftoverMaker(one)
    const tags = [`snapferry:wip=${one.install}.${id}.1`]
    late.push({ town: one, id, thing: await made.taken('block', { zone: 'fr-par-1', volume, tags }) })
    made.close()
  }
  await north.advance(HOURS)
  await north.quiet()
  for (const one of [north, south]) await finished('instance', one)
  await north.advance(HOURS / 6)
  north.emulator.admin.forgetRequests()

  for (const one of [north, south])
    expect(await swept({ dryRun: false }, one)).toMatchObject({ marked: { things: 1 } })
  const idsThere = async () => (await north.emulator.admin.census()).map(({ id }) => id)
  await north.settle(async () => {
    const there = await idsThere()
    return late.every(({ thing }) => !there.includes(thing))
  })
  const writes = north.emulator.admin
    .requests()
    .filter(({ operation }) => /^(Delete|Abort|Patch|Update|Put)/.test(operation))
  expect(writes.map(({ accessKey, path }) => [accessKey, path.split('/').at(-1)]).toSorted()).toEqual(
    late.map(({ town: one, thing }) => [one.access.accessKey, thing]).toSorted(),
  )
  for (const { town: one, id } of late)
    expect(await one.get(id)).toMatchObject({ state: 'succeeded', leftovers: [] })
  await south.close()
  await north.close()
})
