import type {
  Answer,
  CallTally,
  CloudFailure,
  CloudFailureKind,
  Looks,
  Result,
  SnapshotLooks,
  SnapshotWrites,
  Writes,
  WritesFor,
  Zone,
} from '@snapferry/migration'
import { type Circuits, type Loop, machineTimer, repeat, type Timer } from '@snapferry/redis'
import type { Provider } from './ferry.ts'

/** Counts how the calls of one profile end, zone by zone, for the circuits of the fleet. */
export interface ZoneMeter {
  /** The same provider, whose answers are counted. Object Storage is the region's and is not. */
  around(provider: Provider): Provider
  readonly loop: Loop
}

const TELL_EVERY_MS = 1_000

/** Answers that say that a zone is unwell: asked to slow down, 5xx, none at all, or nothing that could be read. */
const BAD = new Set<CloudFailureKind>(['throttled', 'unavailable', 'no-answer', 'unreadable'])
/** What never reached the provider says nothing about it. */
const UNSENT = new Set<CloudFailureKind>(['stopped', 'observing'])

/** What a meter is opened with. */
export interface MeterOptions {
  readonly circuits: Circuits
  readonly profile: string
  /** Told of each circuit that opened by what this process counted. */
  readonly onOpened: (hold: string) => void
  readonly onError: (error: unknown) => void
  readonly timer?: Timer
}

/** Opens a meter. What was counted is told once a second, in one question; where nothing was called nothing is asked. */
export function openZoneMeter(o: MeterOptions): ZoneMeter {
  const tallies = new Map<Zone, CallTally>()
  const count = <T>(zone: Zone, result: Result<T, CloudFailure>): Result<T, CloudFailure> => {
    if (!result.ok && UNSENT.has(result.failure.kind)) return result
    const before = tallies.get(zone) ?? nothingIn(o.profile, zone)
    const isBad = !result.ok && BAD.has(result.failure.kind)
    tallies.set(zone, {
      ...before,
      calls: before.calls + 1,
      bad: before.bad + (isBad ? 1 : 0),
      ...(isBad ? wordsOf(result.failure) : {}),
    })
    return result
  }
  const loop = repeat({
    turn: async () => {
      const told = [...tallies.values()]
      tallies.clear()
      for (const hold of await o.circuits.count(told)) o.onOpened(hold)
      return TELL_EVERY_MS
    },
    retryMs: TELL_EVERY_MS,
    timer: o.timer ?? machineTimer,
    onError: o.onError,
  })
  return { around: (provider) => metered(provider, count), loop }
}

function nothingIn(profile: string, zone: Zone): CallTally {
  return { profile, zone, calls: 0, bad: 0, said: '', call: null, requestId: null }
}

function wordsOf({ words, status, kind, call, requestId }: CloudFailure) {
  return { said: words === '' ? String(status ?? kind) : words, call, requestId }
}

type Count = <T>(zone: Zone, result: Result<T, CloudFailure>) => Result<T, CloudFailure>

function metered({ looks, writesFor }: Provider, count: Count): Provider {
  const counted = async <T>(zone: Zone, answer: Answer<T>) => count(zone, await answer)
  const looking = (api: SnapshotLooks): SnapshotLooks => ({
    backend: api.backend,
    find: (at) => counted(at.zone, api.find(at)),
    findVolume: (at) => counted(at.zone, api.findVolume(at)),
    tagged: (by) => counted(by.zone, api.tagged(by)),
  })
  const writing = (api: SnapshotWrites): SnapshotWrites => ({
    takeSnapshot: (order) => counted(order.zone, api.takeSnapshot(order)),
    startExport: (order) => counted(order.zone, api.startExport(order)),
    startImport: (order) => counted(order.zone, api.startImport(order)),
    retag: (order) => counted(order.zone, api.retag(order)),
    removeOurs: (item, owner) => {
      const removal = api.removeOurs(item, owner)
      return item.thing.what === 'image' ? removal : counted(item.thing.zone, removal)
    },
  })
  const meteredLooks: Looks = { ...looks, instance: looking(looks.instance), block: looking(looks.block) }
  const meteredWrites: WritesFor = (permit) => {
    const writes: Writes = writesFor(permit)
    return { ...writes, instance: writing(writes.instance), block: writing(writes.block) }
  }
  return { looks: meteredLooks, writesFor: meteredWrites }
}
