import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { APIS, HELD_PHASES, type HeldPhase, holdAt, oursOf, type SnapshotApi, startMoving } from './hold.ts'
import { copyRedis, rewindRedis } from './redis-copy.ts'
import { Town } from './town.ts'

const MINUTES = 60_000
/** Work of the provider lasts so long that a migration stays in its phase for the minutes of a copy's age. */
const SLOW = { baseMs: 4 * MINUTES, perGigabyteMs: 0 }

/** A town for each API: most of a rewind is waiting for Redis, so they are rewound side by side. */
let towns: Record<SnapshotApi, Town>
beforeAll(async () => {
  const [instance, block] = await Promise.all([openSlowTown(), openSlowTown()])
  towns = { instance, block }
})
afterAll(() => inEachTown((town) => town.close()))
afterEach(() =>
  inEachTown(async (town) => {
    town.emulator.admin.clearFaults()
    expect(await town.foreignTouched(), 'somebody else’s things are as they were').toEqual([])
  }),
)

async function openSlowTown(): Promise<Town> {
  const town = await Town.open()
  const slow = { snapshot: SLOW, export: SLOW, import: SLOW }
  const { instance, block } = town.emulator.admin.rules().durations
  town.emulator.admin.setRules({
    durations: { instance: { ...instance, ...slow }, block: { ...block, ...slow } },
  })
  return town
}

async function inEachTown(act: (town: Town, api: SnapshotApi) => Promise<void>): Promise<void> {
  await Promise.all(APIS.map((api) => act(towns[api], api)))
}

/** Where a migration stands: nobody has looked at it yet, in a phase, or at its end. */
type Mark = 'accepted' | HeldPhase | 'ended'

/** From where Redis is put back to a copy that was taken where. */
const TABLE: readonly { readonly from: Mark; readonly backTo: Mark }[] = [
  ...HELD_PHASES.map((from, at) => ({ from, backTo: HELD_PHASES[at - 1] ?? ('accepted' as const) })),
  ...(['import', 'verify'] as const).map((from) => ({ from, backTo: 'accepted' as const })),
  ...(['accepted', 'inspect', 'import', 'verify'] as const).map((backTo) => ({
    from: 'ended' as const,
    backTo,
  })),
]

/** Starts a migration and brings it to a mark, at which a copy of Redis is taken. */
async function copyAt(town: Town, backTo: Mark, api: SnapshotApi) {
  if (backTo === 'accepted') {
    await town.stopWorkers()
    const started = await startMoving(town, api)
    // Nobody looks, so it never becomes quiet.
    const copy = await copyRedis(town, { whenQuiet: false })
    await town.startWorker()
    return { ...started, copy }
  }
  const started = await startMoving(town, api)
  await goTo(town, started.id, backTo)
  return { ...started, copy: await copyRedis(town) }
}

/** Brings a migration to a mark and lets minutes pass there. */
async function goTo(town: Town, id: string, mark: Mark): Promise<void> {
  if (mark === 'accepted') return
  if (mark === 'ended') {
    town.emulator.admin.clearFaults()
    expect(await town.ended(id)).toMatchObject({ state: 'succeeded', leftovers: [] })
    return
  }
  await holdAt(town, id, mark)
  await town.advance(2 * MINUTES)
  await town.quiet()
  expect(await town.get(id), 'it is still there').toMatchObject({ phase: mark })
}

const lastRequest = (town: Town) => town.emulator.admin.requests().at(-1)?.n ?? 0

/** Ids of copies that were made since, by the provider's own books. */
function importedSince(town: Town, since: number): readonly string[] {
  const imports = town.emulator.admin
    .requests(since)
    .filter(({ operation }) => operation === 'ImportSnapshot')
  return imports.flatMap(({ madeIds }) => madeIds)
}

/** One good copy, which is the only thing that this migration has left. */
async function expectOneCopy(town: Town, id: string, digest: string | null): Promise<string> {
  const ended = await town.ended(id)
  expect(ended).toMatchObject({ state: 'succeeded', leftovers: [] })
  const ours = await oursOf(town, id)
  expect(ours.map((one) => one.id)).toEqual([ended.copy?.id])
  expect(ours[0]).toMatchObject({ place: 'fr-par-2', state: 'available', digest })
  return ours[0]?.id ?? ''
}

describe('Redis is put back to a copy from minutes earlier', () => {
  test.for(TABLE)('taken at $backTo, put back at $from', async ({ from, backTo }, { task }) => {
    const step = from === 'ended' || from === 'accepted' ? 'any' : from
    task.meta.faults = [{ step, fault: 'redis rewound', outcome: 'succeeded, the one copy it had' }]
    await inEachTown(async (town, api) => {
      const since = lastRequest(town)
      const { id, digest, copy } = await copyAt(town, backTo, api)
      await goTo(town, id, from)
      const imported = importedSince(town, since)

      await rewindRedis(town, copy)
      if (backTo !== 'accepted')
        expect((await town.get(id)).phase, `the record is an old one (${api})`).toBe(backTo)
      town.emulator.admin.clearFaults()
      const left = await expectOneCopy(town, id, digest)

      const made = importedSince(town, since)
      expect(made, `nothing was imported twice (${api})`).toEqual([left])
      expect(made.slice(0, imported.length), 'what was imported is found again by its tag').toEqual(imported)
    })
  })

  test('that knows nothing of the second attempt of an import', async ({ task }) => {
    task.meta.faults = [
      { step: 'import', fault: 'redis rewound', outcome: 'back to the attempt before: succeeded, one copy' },
    ]
    await inEachTown(async (town, api) => {
      const { id, digest, copy } = await copyAt(town, 'import', api)
      // The first one breaks; its copy is on its way out when the second one begins.
      const [first] = (await oursOf(town, id)).filter(({ place }) => place === 'fr-par-2')
      await town.emulator.admin.turn({ id: first?.id ?? '', state: 'error' })
      await town.until(id, ({ attempt }) => attempt === 2)
      await town.advance(2 * MINUTES)

      await rewindRedis(town, copy)
      await expectOneCopy(town, id, digest)
    })
  })

  test('that knows nothing of a cancel: what it holds for made is gone, so it ends without a copy', async ({
    task,
  }) => {
    task.meta.faults = [
      { step: 'import', fault: 'redis rewound', outcome: 'after a forgotten cancel: failed, nothing left' },
    ]
    await inEachTown(async (town, api) => {
      const { id, copy } = await copyAt(town, 'import', api)
      await town.ask('POST', `/v1/migrations/${id}/cancel`)
      await town.until(id, ({ done }) => done)
      expect(await oursOf(town, id)).toEqual([])

      await rewindRedis(town, copy)
      expect(await town.get(id)).toMatchObject({ state: 'running' })
      expect(await town.ended(id)).toMatchObject({ state: 'failed', leftovers: [] })
      expect(await oursOf(town, id)).toEqual([])
    })
  })

  test('in the middle of undoing: the cancel is forgotten, and nothing is left beside one copy', async ({
    task,
  }) => {
    task.meta.faults = [
      { step: 'unwind', fault: 'redis rewound', outcome: 'the cancel is forgotten: succeeded, one copy' },
    ]
    await inEachTown(async (town, api) => {
      const { id, digest, copy } = await copyAt(town, 'import', api)
      await town.ask('POST', `/v1/migrations/${id}/cancel`)
      await town.until(id, ({ state, why }) => state === 'unwinding' && why !== undefined)

      await rewindRedis(town, copy)
      await expectOneCopy(town, id, digest)
    })
  })
})

describe('a migration that was accepted after the copy is forgotten', () => {
  test('nothing of it is touched, and whoever asks again with the same key gets one copy', async ({
    task,
  }) => {
    task.meta.faults = [
      {
        step: 'import',
        fault: 'redis rewound',
        outcome: 'accepted after the copy: untouched; asked again: succeeded, one copy',
      },
    ]
    await inEachTown(async (town, api) => {
      const copy = await copyRedis(town)
      const key = { 'idempotency-key': `order-${api}` }
      const { id, digest, body } = await startMoving(town, api, key)
      await holdAt(town, id, 'import')
      await town.advance(2 * MINUTES)
      const before = await oursOf(town, id)
      expect(before.map(({ kind }) => kind).sort()).toEqual(['object', 'snapshot', 'snapshot'])

      await rewindRedis(town, copy)
      const since = lastRequest(town)
      expect((await town.ask('GET', `/v1/migrations/${id}`)).status).toBe(404)
      await town.advance(60 * MINUTES)
      await town.reconcile()
      await town.quiet()
      expect(town.emulator.admin.requests(since), 'nobody asks for it').toEqual([])
      expect((await oursOf(town, id)).map((one) => one.id)).toEqual(before.map((one) => one.id))

      expect(await town.create(body, key)).toMatchObject({ id, state: 'queued' })
      await expectOneCopy(town, id, digest)
    })
  })

  test('one that had ended is asked again with its key: its copy is adopted', async ({ task }) => {
    task.meta.faults = [
      {
        step: 'verify',
        fault: 'redis rewound',
        outcome: 'ended after the copy and asked again: its copy is adopted',
      },
    ]
    await inEachTown(async (town, api) => {
      const copy = await copyRedis(town)
      const key = { 'idempotency-key': `order-done-${api}` }
      const { id, digest, body } = await startMoving(town, api, key)
      await goTo(town, id, 'ended')

      await rewindRedis(town, copy)
      expect(await town.create(body, key)).toMatchObject({ id, state: 'queued' })
      await expectOneCopy(town, id, digest)
    })
  })
})
