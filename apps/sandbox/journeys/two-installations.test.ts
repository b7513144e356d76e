import { type Credential, type RequestRecord, SANDBOX_CREDENTIAL } from '@snapferry/emulator'
import { startWorkerApp } from '@snapferry/worker'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { APIS, oursOf } from './hold.ts'
import { copyRedis, rewindRedis } from './redis-copy.ts'
import { Town } from './town.ts'
import { openApi } from './town-parts.ts'

/** A second key of the same project, so that the provider's own log tells who called. */
const SECOND_KEY: Credential = {
  ...SANDBOX_CREDENTIAL,
  accessKey: 'SCWSANDBOX0000000002',
  secretKey: '2b7e1516-28ae-42d6-abf7-158809cf4f3c',
}
const MINUTES = 60_000

let north: Town
let south: Town
beforeAll(async () => {
  // A lost answer costs the limit of a call in real time.
  const answerMs = 300
  north = await Town.open({ install: 'north', answerMs, keys: [SANDBOX_CREDENTIAL, SECOND_KEY] })
  south = await Town.open({ install: 'south', answerMs, key: SECOND_KEY, beside: north })
})
afterAll(async () => {
  await south.close()
  await north.close()
})

/** One migration in each of the two towns, of the same source to the same zone. */
interface Pair {
  readonly digest: string | null
  readonly north: string
  readonly south: string
}

/** Asks both for the same: a snapshot and a volume of each API. */
async function startPairs(): Promise<readonly Pair[]> {
  const { admin } = north.emulator
  const pairs: Pair[] = []
  for (const api of APIS) {
    const wanted = { api, zone: 'fr-par-1', data: { bytes: 1_000_000, extents: 4 } }
    for (const source of [
      { snapshot: admin.seedSnapshot(wanted).id },
      { volume: admin.seedVolume(wanted).id },
    ]) {
      const body = { source, from: 'fr-par-1', to: 'fr-par-2' }
      const [one, other] = await Promise.all([north.create(body), south.create(body)])
      const digest = await admin.digest(Object.values(source)[0] ?? '')
      pairs.push({ digest, north: one.id, south: other.id })
    }
  }
  return pairs
}

/** What goes wrong for both alike: answers that never come although it was done, and lists that lag. */
function armWeather(): void {
  const { admin } = north.emulator
  admin.setRules({ switches: { listLagMs: 20_000 } })
  for (const [operation, times] of [
    ['CreateSnapshot', 2],
    ['ExportSnapshot', 3],
    ['ImportSnapshot', 4],
    ['DeleteSnapshot', 1],
  ] as const)
    admin.armFault({ match: { operation }, times, every: 2, fault: { kind: 'act-then-timeout' } })
  admin.armFault({
    match: { operation: 'ImportSnapshot' },
    times: 1,
    // Of those that the fault above lets through.
    after: 2,
    fault: { kind: 'import-ends-in', state: 'error' },
  })
}

/** Calls of a town in which a thing of the other is named, by the provider's log of who called and who made what. */
function trespasses(requests: readonly RequestRecord[], town: Town): readonly RequestRecord[] {
  const ownKey = town.access.accessKey
  const made = requests.flatMap(({ madeIds, accessKey }) => madeIds.map((id) => [id, accessKey] as const))
  const foreign = made.filter(([, accessKey]) => accessKey !== ownKey).map(([id]) => id)
  const otherMark = town === north ? 'south' : 'north'
  return requests.filter(({ accessKey, path }) => {
    const asked = decodeURIComponent(path.replaceAll('+', ' '))
    const names = [...foreign, `=${otherMark}.`, `/${otherMark}/`]
    return accessKey === ownKey && names.some((name) => asked.includes(name))
  })
}

/** Lists in which more than the town's own things could be seen. */
function broadLists(requests: readonly RequestRecord[], town: Town): readonly string[] {
  const lists = requests.filter(
    ({ accessKey, operation }) =>
      accessKey === town.access.accessKey && /^ListSnapshots$|^ListObjects/.test(operation),
  )
  expect(lists.length).toBeGreaterThan(0)
  return lists
    .map(({ path }) => decodeURIComponent(path))
    .filter((path) => !path.includes(`=${town.install}.`) && !path.includes(`/${town.install}/`))
}

const isDone = async (town: Town, ids: readonly string[]) =>
  (await Promise.all(ids.map((id) => town.get(id)))).every(({ done }) => done)

test('two installations in one project and one bucket carry the same sources and never meet', async ({
  task,
}) => {
  const outcome = 'two installations: one copy each, nothing of the other touched'
  task.meta.faults = [
    ...(['snapshot', 'export', 'import'] as const).map((step) => ({
      ...{ step, fault: 'time-out (but done)' as const, outcome },
    })),
    { step: 'import', fault: 'state error', outcome },
    { step: 'import', fault: 'cancel', outcome: 'cancelled, the copy of the other installation stays' },
    { step: 'any', fault: 'redis rewound', outcome },
  ]
  armWeather()
  const pairs = await startPairs()
  const [first, ...others] = pairs
  if (first === undefined) throw new Error('nothing was started')
  await north.advance(2 * MINUTES)
  await north.quiet()
  const copy = await copyRedis(north)

  // One is cancelled as soon as its import is under way; minutes later the other installation loses what it knew.
  const atCancel = await south.until(first.south, ({ phase, done }) => phase === 'import' || done)
  expect(atCancel).toMatchObject({ phase: 'import', done: false })
  expect((await south.ask('POST', `/v1/migrations/${first.south}/cancel`)).status).toBe(202)
  await north.advance(5 * MINUTES)
  await north.quiet()
  const before = await Promise.all(pairs.map((pair) => north.get(pair.north)))
  await rewindRedis(north, copy)
  const after = await Promise.all(pairs.map((pair) => north.get(pair.north)))
  expect(after.map(({ phase }) => phase)).not.toEqual(before.map(({ phase }) => phase))

  await north.settle(
    async () =>
      (await isDone(
        north,
        pairs.map((pair) => pair.north),
      )) &&
      (await isDone(
        south,
        pairs.map((pair) => pair.south),
      )),
  )

  for (const pair of pairs) {
    await expectOneCopy(north, pair.north, pair.digest)
    if (pair !== first) await expectOneCopy(south, pair.south, pair.digest)
  }
  expect(await south.get(first.south)).toMatchObject({ state: 'cancelled', leftovers: [] })
  expect(others).toHaveLength(3)

  const requests = north.emulator.admin.requests()
  for (const town of [north, south]) {
    expect(trespasses(requests, town), `${town.install} names nothing of the other`).toEqual([])
    expect(broadLists(requests, town), `${town.install} lists only its own`).toEqual([])
    const ours = (await town.ours()).filter(
      ({ madeBy }) => madeBy.by === 'call' && madeBy.accessKey === town.access.accessKey,
    )
    expect(ours, 'there is nothing beside the copies').toHaveLength(town === north ? 4 : 3)
    for (const { tags } of ours)
      expect(tags.filter((tag) => /^snapferry:(copy|wip)=/.test(tag))).toEqual([
        expect.stringContaining(`snapferry:copy=${town.install}.`),
      ])
  }
  const struck = requests.flatMap(({ operation, fault }) => (fault === null ? [] : [`${operation} ${fault}`]))
  for (const operation of ['CreateSnapshot', 'ExportSnapshot', 'ImportSnapshot'])
    expect(struck).toContain(`${operation} act-then-timeout`)
  expect(struck).toContain('ImportSnapshot import-ends-in')
})

async function expectOneCopy(town: Town, id: string, digest: string | null): Promise<void> {
  const ended = await town.get(id)
  expect(ended).toMatchObject({ state: 'succeeded', leftovers: [] })
  const ours = await oursOf(town, id)
  expect(ours.map((one) => one.id)).toEqual([ended.copy?.id])
  expect(ours[0]).toMatchObject({ place: 'fr-par-2', state: 'available', digest })
}

test('the audit would see a call that names a thing of the other', async () => {
  const { admin, apiUrl } = north.emulator
  const snapshot = (await south.ours()).find(
    ({ madeBy }) => madeBy.by === 'call' && madeBy.accessKey === SECOND_KEY.accessKey,
  )
  const path = `/${snapshot?.api}/v1/zones/fr-par-2/snapshots/${snapshot?.id}`
  await fetch(`${apiUrl}${path}`, { headers: { 'x-auth-token': north.access.secretKey } })
  expect(trespasses(admin.requests(), north).map((one) => one.path)).toEqual([path])
})

test('a worker or an API of another installation refuses a Redis that has one', async () => {
  const refusal = /belongs to the installation .*north.*not to .*south/
  const { access } = south
  const redisUrl = north.redis.url
  await expect(
    startWorkerApp({
      mode: 'sandbox',
      install: 'south',
      redisUrl,
      allowVolatile: false,
      access,
      concurrency: 1,
      metrics: { host: '127.0.0.1', port: 0 },
      logLevel: 'silent',
      revision: 'test',
    }),
  ).rejects.toThrow(refusal)
  await expect(openApi({ access, redisUrl, install: 'south' })).rejects.toThrow(refusal)
})
