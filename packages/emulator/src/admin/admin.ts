import type { Bucket } from '../bucket.ts'
import type { DurationsByApi } from '../durations.ts'
import type { FaultRule, WantedFault } from '../faults/fault-rule.ts'
import type { Credential } from '../principals.ts'
import type { Quotas } from '../quotas.ts'
import type { RequestRecord } from '../request-log.ts'
import type { Snapshot } from '../snapshot.ts'
import { objectId, type StoredObject } from '../stored-object.ts'
import type { Switches } from '../switches.ts'
import type { Volume } from '../volume.ts'
import type { WorkEnd } from '../work/work-end.ts'
import type { World } from '../world.ts'
import { type CensusEntry, digestOfThing, guestDigestOfObject, takeCensus } from './census.ts'
import { seedSnapshot, seedVolume, type WantedSeedSnapshot, type WantedSeedVolume } from './seed-disk.ts'
import { seedBucket, seedObject, type WantedSeedBucket, type WantedSeedObject } from './seed-storage.ts'
import { setRules, type WantedRules } from './set-rules.ts'
import { turn, type WantedTurn } from './turn.ts'

/** What stands behind the provider: for tests and people, in process or over the admin routes, which do the same. */
export interface Admin {
  nowMs(): number
  /** Moves emulated time forward and answers when everything that became due has happened. */
  advance(ms: number): Promise<void>
  setClock(ms: number): Promise<void>
  seedSnapshot(wanted: WantedSeedSnapshot): Snapshot
  seedVolume(wanted: WantedSeedVolume): Volume
  seedBucket(wanted: WantedSeedBucket): Bucket
  seedObject(wanted: WantedSeedObject): Promise<StoredObject>
  /** Everything that exists and who made it; seeded things say whether they are still as they were. */
  census(options?: { digests?: boolean }): Promise<CensusEntry[]>
  /** SHA-256 of guest content (snapshot, volume) or bytes (object), hex; null when there is no such id. */
  digest(id: string): Promise<string | null>
  /** SHA-256 of the guest content of an image in a bucket; null when it is missing or no readable image. */
  imageDigest(place: { bucket: string; key: string }): Promise<string | null>
  requests(after?: number): RequestRecord[]
  /** Number of calls by `api operation status`. */
  counts(): Record<string, number>
  forgetRequests(): void
  /** When which work ended, oldest first, since this process began: the last 200,000 at most. */
  ends(): readonly WorkEnd[]
  armFault(wanted: WantedFault): FaultRule
  faults(): FaultRule[]
  clearFaults(id?: string): void
  rules(): { switches: Switches; durations: DurationsByApi; quotas: Quotas }
  setRules(wanted: WantedRules): void
  turn(wanted: WantedTurn): Promise<void>
  /** Every key that is known from now on: what is left out is revoked. */
  setCredentials(credentials: readonly Credential[]): void
}

/** The admin of a world. */
export function openAdmin(world: World): Admin {
  return {
    nowMs: () => world.clock.nowMs(),
    advance: (ms) => world.clock.moveTo(world.clock.nowMs() + ms),
    setClock: (ms) => world.clock.moveTo(ms),
    seedSnapshot: (wanted) => seedSnapshot(world, wanted),
    seedVolume: (wanted) => seedVolume(world, wanted),
    seedBucket: (wanted) => seedBucket(world, wanted),
    seedObject: (wanted) => seedObject(world, wanted),
    census: (options) => takeCensus(world, { digests: options?.digests ?? false }),
    digest: (id) => digestOfThing(world, id),
    async imageDigest(place) {
      const object = world.objects.get(objectId(place))
      return object === undefined ? null : guestDigestOfObject(world, object)
    },
    requests: (after = 0) => world.log.after(after),
    counts: () => world.log.counts(),
    forgetRequests: () => world.log.forget(),
    ends: () => [...world.ends],
    armFault: (wanted) => world.faults.arm(wanted),
    faults: () => world.faults.list(),
    clearFaults: (id) => world.faults.clear(id),
    rules: () => ({ switches: world.switches, durations: world.durations, quotas: world.quotas }),
    setRules: (wanted) => setRules(world, wanted),
    turn: (wanted) => turn(world, wanted),
    setCredentials: (credentials) => {
      world.credentials = credentials
    },
  }
}
