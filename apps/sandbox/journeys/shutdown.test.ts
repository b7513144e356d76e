import type { WantedFault } from '@snapferry/emulator'
import { openRedis, TAG, untilReady } from '@snapferry/redis'
import { afterAll, afterEach, beforeAll, describe, expect, type TestContext, test } from 'vitest'
import { HELD_PHASES, holdIn, oursOf } from './hold.ts'
import { type Program, startProgram } from './program.ts'
import { Town } from './town.ts'

let town: Town
let redis: ReturnType<typeof openRedis>
const running: Program[] = []
beforeAll(async () => {
  town = await Town.open({ workers: 0 })
  town.startDrain()
  redis = openRedis(town.redis.url, 'requests')
  await untilReady(redis, 10_000)
})
afterAll(async () => {
  redis.disconnect()
  await town.close()
})
afterEach(async () => {
  town.emulator.admin.clearFaults()
  for (const one of running.splice(0)) {
    one.signal('SIGKILL')
    await one.ended
  }
  expect(await town.foreignTouched(), 'somebody else’s things are as they were').toEqual([])
})

/** Locks that outlast every test: what a process leaves locked, nobody takes over here. */
const LONG_LOCKS = { locks: { lockMs: 600_000, stalledCheckMs: 300 } }

async function startWorker(tuning: object = {}): Promise<Program> {
  const env = { TUNING: JSON.stringify({ ...LONG_LOCKS, ...tuning }) }
  const worker = await startProgram(town, 'tuned worker', env)
  running.push(worker)
  return worker
}

const locks = () => redis.keys(`${TAG}:migrations:*:lock`)

/** Arms a fault that holds one call until the provider's clock is moved on; resolves when a call is held. */
async function hold(match: NonNullable<WantedFault['match']>): Promise<void> {
  const rule = town.emulator.admin.armFault({ match, times: 1, fault: { kind: 'delay', ms: HELD_MS } })
  const isHeld = () =>
    town.emulator.admin.faults().some(({ id, fired, seen }) => id === rule.id && fired > 0 && seen > 0)
  await town.eventually(async () => {
    if (!isHeld()) await town.advance(1_000)
    return isHeld()
  })
}

/** Shorter than the provider may take for a write by our clock, longer than any step of `hold`. */
const HELD_MS = 20_000

const callsOf = (operation: string) =>
  town.emulator.admin.requests().filter((one) => one.operation === operation && one.zone === 'fr-par-2')

async function expectOneCopy(id: string, digest: string | null): Promise<void> {
  const ended = await town.ended(id)
  expect(ended).toMatchObject({ state: 'succeeded', leftovers: [] })
  const ours = await oursOf(town, id)
  expect(ours.map((one) => one.id)).toEqual([ended.copy?.id])
  expect(ours[0]).toMatchObject({ place: 'fr-par-2', state: 'available', digest })
}

/** Tells the report which fault met which step, and what came of it. */
function proves({ task }: Pick<TestContext, 'task'>, step: string, fault: string, outcome: string): void {
  Object.assign(task.meta, { faults: [{ step, fault, outcome }] })
}

/** Stops the worker while the provider holds its next call, answers that call, and waits for the worker's end. */
async function drainInTheMiddle(worker: Program): Promise<void> {
  town.emulator.admin.clearFaults()
  await hold({})
  worker.signal('SIGTERM')
  await worker.said('worker stopping')
  await town.emulator.admin.advance(HELD_MS)
  expect(await worker.ended).toBe(0)
  expect(worker.words()).toBe('')
  expect(await locks()).toEqual([])
  expect(await town.queue.counts()).toMatchObject({ active: 0 })
}

describe('a worker process drained in the middle of a call and replaced', () => {
  const table = HELD_PHASES.map((phase, at) => ({ phase, api: at % 2 === 0 ? 'block' : 'instance' }) as const)

  test.for(table)('in $phase ($api) changes nothing about the copy', async ({ phase, api }, it) => {
    const worker = await startWorker()
    const { id, digest } = await holdIn(town, phase, api)
    await drainInTheMiddle(worker)
    await startWorker()
    await expectOneCopy(id, digest)
    proves(it, phase, 'drained', 'succeeded, one good copy')
  })

  test('while it unwinds leaves nothing behind', async (it) => {
    const worker = await startWorker()
    const { id } = await holdIn(town, 'import', 'block')
    expect((await town.ask('POST', `/v1/migrations/${id}/cancel`)).status).toBeLessThan(300)
    await town.until(id, ({ state, why }) => state === 'unwinding' && why !== undefined)
    await drainInTheMiddle(worker)
    await startWorker()
    expect(await town.ended(id)).toMatchObject({ state: 'cancelled', leftovers: [] })
    expect(await oursOf(town, id)).toEqual([])
    proves(it, 'unwind', 'drained', 'cancelled, nothing left')
  })
})

describe('a worker process at SIGTERM', () => {
  test('that is idle ends in order', async () => {
    const worker = await startWorker()
    worker.signal('SIGTERM')
    expect(await worker.ended).toBe(0)
    expect(worker.words()).toBe('')
  })

  test('waits for a write that was sent, records what came of it and takes nothing new', async (it) => {
    const first = await startWorker()
    const { id, digest } = await holdIn(town, 'inspect', 'block')
    town.emulator.admin.clearFaults()
    const sentBefore = callsOf('ImportSnapshot').length
    await hold({ operation: 'ImportSnapshot' })
    first.signal('SIGTERM')
    await first.said('worker stopping')
    const another = await town.emulator.admin.seedVolume({ api: 'block', zone: 'fr-par-1', sizeBytes: 1e9 })
    const waiting = await town.create({ source: { volume: another.id }, from: 'fr-par-1', to: 'fr-par-2' })
    await town.eventually(async () => (await town.queue.counts())['waiting'] === 1)
    expect([first.hasEnded(), (await locks()).length], 'it waits for its one write').toEqual([false, 1])

    await town.emulator.admin.advance(HELD_MS)

    expect(await first.ended).toBe(0)
    expect(await locks()).toEqual([])
    expect(await town.queue.counts()).toMatchObject({ active: 0 })
    const made = (await town.events(id)).filter((event) => event['type'] === 'settled')
    expect(made.at(-1)).toMatchObject({ outcome: 'made' })
    expect((await town.events(waiting.id)).length, 'it was not begun').toBe(1)
    expect(first.words()).toBe('')

    await startWorker()
    await expectOneCopy(id, digest)
    await town.ended(waiting.id)
    expect(callsOf('ImportSnapshot').length - sentBefore, 'one import for each').toBe(2)
    proves(it, 'import', 'drained', 'the sent write was waited for; succeeded, one good copy')
  })

  test('gives up a look at once and hands its migration on', async (it) => {
    const first = await startWorker({ provider: { readMs: 600_000 } })
    const { id, digest } = await holdIn(town, 'import', 'block')
    await hold({ operation: 'ListSnapshots', zone: 'fr-par-2' })
    first.signal('SIGTERM')

    // The provider never answers that look: its clock stands still until the process is gone.
    expect(await first.ended).toBe(0)
    expect(await locks()).toEqual([])
    expect(await town.queue.counts()).toMatchObject({ active: 0 })

    await startWorker()
    await town.advance(HELD_MS)
    await expectOneCopy(id, digest)
    proves(it, 'import', 'drained', 'the look was given up; succeeded, one good copy')
  })

  test('gives back, at its deadline, what does not end; the write it left arrives late and makes no second copy', async (it) => {
    const first = await startWorker({ drainMs: 1_000 })
    const { id, digest } = await holdIn(town, 'inspect', 'block')
    town.emulator.admin.clearFaults()
    const sentBefore = callsOf('ImportSnapshot').length
    await hold({ operation: 'ImportSnapshot' })
    first.signal('SIGTERM')

    expect(await first.ended).toBe(0)
    expect(await locks()).toEqual([])
    expect(await town.queue.counts()).toMatchObject({ active: 0, waiting: 1 })

    // Another worker has it at once, although no lock runs out here. Only then the provider does what it was asked.
    await startWorker()
    await town.eventually(async () => (await town.queue.counts())['waiting'] === 0)
    await town.advance(HELD_MS)
    await expectOneCopy(id, digest)
    expect(callsOf('ImportSnapshot').length - sentBefore).toBe(1)
    proves(it, 'import', 'write done late', 'handed back, then adopted; succeeded, one good copy')
  })

  test('ends at once at a second signal, and says so in one line', async (it) => {
    const first = await startWorker({ locks: { lockMs: 1_000, stalledCheckMs: 300 } })
    const { id, digest } = await holdIn(town, 'inspect', 'block')
    town.emulator.admin.clearFaults()
    await hold({ operation: 'ImportSnapshot' })
    first.signal('SIGTERM')
    await first.said('worker stopping')
    expect(first.hasEnded()).toBe(false)
    first.signal('SIGTERM')
    expect(await first.ended).toBe(72)
    expect(first.words()).toMatch(/^SIGTERM again: [^\n]+\n$/)

    await startWorker({ locks: { lockMs: 1_000, stalledCheckMs: 300 } })
    await town.eventually(async () => (await town.queue.counts())['active'] === 0)
    await town.advance(HELD_MS)
    await expectOneCopy(id, digest)
    proves(it, 'import', 'killed after the call', 'by a second signal; succeeded, one good copy')
  })
})
