import { randomUUID } from 'node:crypto'
import { DeleteBucketPolicyCommand, PutBucketPolicyCommand, S3Client } from '@aws-sdk/client-s3'
import { SANDBOX_CREDENTIAL } from '@snapferry/emulator'
import { STATES } from '@snapferry/migration'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Town } from './town.ts'

const MANY = 200
const HOUR = 3_600_000
/** Time passes in steps of seconds: with two hundred on the way something is due all the time. */
const STEP_MS = 5_000
const SECONDS_MAX = 240
/** Work of the provider lasts minutes, so that the account fails while some are queued, some export and some import. */
const SLOW = { baseMs: 2 * 60_000, perGigabyteMs: 0 }
/** So many exports at a time: the others wait for a place, and the fault meets migrations of every age. */
const EXPORTS_MAX = 20

let town: Town
beforeEach(async () => {
  town = await Town.open({ workers: 2 })
  const { instance, block } = town.emulator.admin.rules().durations
  const slow = { export: SLOW, import: SLOW }
  town.emulator.admin.setRules({
    durations: { instance: { ...instance, ...slow }, block: { ...block, ...slow } },
  })
  await town.journal.budgets.set('slot:export', { concurrent: EXPORTS_MAX, bytes: null })
})
afterEach(() => town.close())

const APIS = ['instance', 'block'] as const

/** Starts two hundred migrations, half of each backend. */
async function startMany(): Promise<readonly string[]> {
  const ids: string[] = []
  for (let n = 0; n < MANY; n++) {
    const wanted = { api: APIS[n % 2] ?? 'block', zone: 'fr-par-1', data: { bytes: 200_000, extents: 2 } }
    const { id } = town.emulator.admin.seedSnapshot(wanted)
    const body = { source: { snapshot: id }, from: 'fr-par-1', to: 'fr-par-2' }
    ids.push((await town.create(body)).id)
  }
  return ids
}

const succeeded = async (): Promise<number> => (await town.journal.counts()).succeeded
const ended = async (): Promise<boolean> => {
  const counts = await town.journal.counts()
  return counts.queued + counts.running + counts.unwinding === 0
}

/** Lets an hour pass, from one thing that is due to the next, and tells which holds stood in it. */
async function anHour(): Promise<ReadonlySet<string>> {
  const names = new Set<string>()
  const until = (await town.nowMs()) + HOUR
  await town.settle(async () => {
    for (const { name } of await town.journal.holds.list()) names.add(name)
    return (await town.nowMs()) >= until
  }, STEP_MS)
  return names
}

/** Two hundred copies, each of its source, and nothing besides. */
async function expectAllCarried(ids: readonly string[]): Promise<void> {
  await town.settle(ended, STEP_MS)
  const counts = await town.journal.counts()
  expect(counts).toEqual({ ...Object.fromEntries(STATES.map((state) => [state, 0])), succeeded: MANY })
  expect(await town.journal.holds.list()).toEqual([])
  const ours = await town.ours()
  expect(ours.length, 'copies, and nothing besides').toBe(MANY)
  const owners = ours.flatMap(({ tags }) => tags.filter((tag) => tag.startsWith('snapferry:copy=default.')))
  expect(new Set(owners)).toEqual(new Set(ids.map((id) => `snapferry:copy=default.${id}`)))
  for (const use of await town.journal.budgets.list())
    expect([use.slot, use.used, use.waiting]).toEqual([use.slot, 0, 0])
}

async function attemptsSpent(ids: readonly string[]): Promise<number> {
  const events = await Promise.all(ids.map((id) => town.events(id)))
  return events.flat().filter(({ type }) => type === 'attempt-failed').length
}

describe('one fault of the account is one hold, and not two hundred failures', () => {
  test('a key that is revoked at 100 of 200 and rotated an hour later', {
    timeout: SECONDS_MAX * 1_000,
  }, async () => {
    const ids = await startMany()
    await town.settle(async () => (await succeeded()) >= MANY / 2, STEP_MS)
    const fresh = { ...SANDBOX_CREDENTIAL, accessKey: 'SCWROTATED0000000000', secretKey: randomUUID() }
    town.emulator.admin.setCredentials([fresh])
    const before = lastRequest()
    expect(await anHour()).toEqual(new Set(['credentials:profile/default']))
    expect(await town.journal.holds.list()).toMatchObject([
      { name: 'credentials:profile/default', stops: 'calls', by: null },
    ])
    expect(await town.journal.holds.standing('credentials:profile/default')).toBeGreaterThanOrEqual(
      EXPORTS_MAX,
    )
    expect(
      refusals(before),
      'every migration at most once, and one try a minute with a few calls',
    ).toBeLessThan(MANY + 60 * 5)
    await town.useKey(fresh)
    await expectAllCarried(ids)
    expect(await attemptsSpent(ids)).toBe(0)
  })

  test('a quota that is full at 61 of 200 and raised an hour later', {
    timeout: SECONDS_MAX * 1_000,
  }, async () => {
    const ids = await startMany()
    town.emulator.admin.setRules({ quotas: { snapshots: MANY + 61 } })
    await town.settle(async () => (await succeeded()) >= 61, STEP_MS)
    const before = lastRequest()
    expect(await anHour()).toEqual(new Set(['quota:profile/default']))
    expect(await succeeded()).toBe(61)
    expect(refusals(before)).toBeLessThan(MANY + 60 * 5)
    town.emulator.admin.setRules({ quotas: { snapshots: null } })
    await expectAllCarried(ids)
    expect(await attemptsSpent(ids)).toBe(0)
  })

  test('a bucket whose policy is turned against us at 100 of 200 and back an hour later', {
    timeout: SECONDS_MAX * 1_000,
  }, async () => {
    const ids = await startMany()
    await town.settle(async () => (await succeeded()) >= MANY / 2, STEP_MS)
    const s3 = outsiderS3()
    const nobody = {
      Effect: 'Allow',
      Principal: { SCW: 'user_id:nobody' },
      Action: 's3:*',
      Resource: ['staging'],
    }
    const Policy = JSON.stringify({ Version: '2023-04-17', Statement: [nobody] })
    await s3.send(new PutBucketPolicyCommand({ Bucket: 'staging', Policy }))
    const before = lastRequest()
    expect(await anHour()).toEqual(new Set(['bucket:bucket/fr-par/staging']))
    expect(refusals(before)).toBeLessThan(MANY + 60 * 5)
    await s3.send(new DeleteBucketPolicyCommand({ Bucket: 'staging' }))
    await expectAllCarried(ids)
    // What the provider was reading or writing when the policy turned has failed there, once.
    expect(await attemptsSpent(ids)).toBeLessThanOrEqual(2 * EXPORTS_MAX)
  })
})

const lastRequest = (): number => town.emulator.admin.requests().at(-1)?.n ?? 0

/** Calls that were refused since one of the log. */
function refusals(since: number): number {
  const log = town.emulator.admin.requests(since)
  return log.filter(({ status }) => status === 401 || status === 403).length
}

/** The bucket's owner, with the official client. */
function outsiderS3(): S3Client {
  const { accessKey, secretKey } = SANDBOX_CREDENTIAL
  return new S3Client({
    region: 'fr-par',
    endpoint: town.emulator.s3Urls['fr-par'] ?? '',
    forcePathStyle: true,
    credentials: { accessKeyId: accessKey, secretAccessKey: secretKey },
  })
}
