import type { RequestRecord } from '@snapferry/emulator'
import { type Event, PHASES } from '@snapferry/migration'
import type { Carried, FleetRun } from './calls-fleet.ts'
import { NETWORK_MS } from './calls-model.ts'

/** What a call is for, as far as the provider can tell. Every call is of exactly one kind. */
export const KINDS = [
  'bucket checks',
  'source GETs',
  'taken snapshot GETs',
  'copy GETs',
  'lists by tag',
  'lists by prefix',
  'image HEADs',
  'image ranged GETs',
  'creating POSTs',
  'marking PATCHes',
  'DELETEs',
  'archive and sweep',
  'other calls',
] as const
export type CallKind = (typeof KINDS)[number]

/** When a call was made: before the first phase began, in a phase, after the ending, or for no migration at all. */
export const STAGES = ['checks', ...PHASES, 'after the end', 'chores', 'unknown'] as const
export type Stage = (typeof STAGES)[number]

/** A call with what it was for. */
export interface Attributed {
  readonly call: RequestRecord
  readonly kind: CallKind
  readonly stage: Stage
  /** The migration it was for; null when the call does not tell. */
  readonly of: Carried | null
}

type Role = 'source' | 'taken-snapshot' | 'copy'

interface Thing {
  readonly role: Role
  readonly of: Carried
}

/** Every call of a run, in the order the provider saw them, each with its kind, its stage and its migration. */
export function attribute(run: FleetRun): readonly Attributed[] {
  const things = thingsOf(run)
  const byId = new Map(run.carried.map((one) => [one.id, one]))
  const ends = new Map(run.carried.map((one) => [one.id, stagesOf(one.events)]))
  return run.calls.map((call) => {
    const thing = thingOf(call, things)
    const of = thing?.of ?? byId.get(OUR_ID.exec(decodeURIComponent(call.path))?.[0] ?? '') ?? null
    const kind = of === null && isChore(call) ? 'archive and sweep' : kindOf(call, thing?.role ?? null)
    const stage = of === null ? (SHARED[kind] ?? 'unknown') : stageAt(ends.get(of.id) ?? [], call.at)
    return { call, kind, stage, of }
  })
}

/** When calls are made that name no migration: only the checks before a start ask for a bucket itself. */
const SHARED: Partial<Record<CallKind, Stage>> = { 'bucket checks': 'checks', 'archive and sweep': 'chores' }

const CHORES = new Set(['ListObjectsV2', 'ListSnapshots', 'ListMultipartUploads'])

/** Whether a call that is for no migration keeps the archive or looks for leftovers: it asks for whole shelves or zones. */
function isChore({ operation, path }: RequestRecord): boolean {
  return CHORES.has(operation) || decodeURIComponent(path).includes('/archive/')
}

const OUR_ID = /mig_[a-z0-9]{26}/

/** Everything the provider was asked for by its id or key, and whose it is. */
function thingsOf({ carried }: FleetRun): ReadonlyMap<string, Thing> {
  const things = new Map<string, Thing>()
  for (const of of carried) {
    things.set(of.source, { role: 'source', of })
    for (const event of of.events) {
      if (event.type !== 'settled' || event.outcome !== 'made' || event.thing.what === 'image') continue
      things.set(event.thing.id, { role: event.thing.what, of })
    }
  }
  return things
}

function thingOf(
  { resourceId, key, madeIds }: RequestRecord,
  things: ReadonlyMap<string, Thing>,
): Thing | null {
  return things.get(resourceId ?? key ?? madeIds[0] ?? '') ?? null
}

/** Operations that tell their kind by themselves. */
const BY_OPERATION: Readonly<Record<string, CallKind>> = {
  HeadBucket: 'bucket checks',
  GetBucketAcl: 'bucket checks',
  GetBucketVersioning: 'bucket checks',
  GetObjectLockConfiguration: 'bucket checks',
  GetVolume: 'source GETs',
  ListSnapshots: 'lists by tag',
  ListObjectsV2: 'lists by prefix',
  HeadObject: 'image HEADs',
  GetObject: 'image ranged GETs',
  CreateSnapshot: 'creating POSTs',
  ExportSnapshot: 'creating POSTs',
  ImportSnapshot: 'creating POSTs',
  PatchSnapshot: 'marking PATCHes',
  DeleteSnapshot: 'DELETEs',
  DeleteObject: 'DELETEs',
}

const BY_ROLE: Readonly<Record<Role, CallKind>> = {
  source: 'source GETs',
  'taken-snapshot': 'taken snapshot GETs',
  copy: 'copy GETs',
}

function kindOf({ operation }: RequestRecord, role: Role | null): CallKind {
  if (operation === 'GetSnapshot') return role === null ? 'other calls' : BY_ROLE[role]
  return BY_OPERATION[operation] ?? 'other calls'
}

interface StageEnd {
  readonly stage: Stage
  readonly at: number
}

/** When each stage of a migration was recorded as done: its last call was asked a network's way before. */
function stagesOf(events: readonly Event[]): readonly StageEnd[] {
  return events.flatMap((event, n): StageEnd[] => {
    if (event.type === 'admitted' && events.findIndex(({ type }) => type === 'admitted') === n)
      return [{ stage: 'checks', at: event.at }]
    if (event.type === 'phase-completed') return [{ stage: event.phase, at: event.at }]
    return event.type === 'ledger-settled' ? [{ stage: 'tidy', at: event.at }] : []
  })
}

function stageAt(ends: readonly StageEnd[], at: number): Stage {
  return ends.find((end) => at <= end.at - NETWORK_MS / 2)?.stage ?? 'after the end'
}
