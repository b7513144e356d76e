import type { CloudFailure } from './cloud-failure.ts'
import type { Act, ActAnswer, Moment, Reason } from './decision.ts'
import type { EventBody } from './event.ts'
import type { Role } from './failure.ts'
import { itemOf, placeOf } from './ledger.ts'
import { isEnded, type Migration } from './migration.ts'
import { asksZone, type Question, type Seen } from './question.ts'

/** What is wrong with the account or the provider, or that an operator lets nothing start. */
export const HOLD_KINDS = ['credentials', 'quota', 'bucket', 'circuit', 'drain'] as const
/** A kind of hold. */
export type HoldKind = (typeof HOLD_KINDS)[number]

/** What a hold stops: every call, or only that something new is begun. */
export type Stops = 'calls' | 'creates'

/**
 * A condition of the fleet: every migration under it waits, spends no attempt and undoes nothing. One migration a
 * minute tries again; when that succeeds the hold is over. A drain ends only when somebody ends it.
 */
export interface Hold {
  /** `<kind>:<scope>`: there is one hold of a kind over a scope. */
  readonly name: string
  readonly kind: HoldKind
  /** `fleet`, `profile/<name>`, `zone/<zone>` or `bucket/<region>/<name>`. */
  readonly scope: string
  readonly stops: Stops
  /** The write that was refused and has to succeed for it to end; null: any look that answers ends it. */
  readonly act: Act['act'] | null
  readonly since: number
  /** When it was last answered so, and how often. */
  readonly lastAt: number
  readonly times: number
  /** The call and what was answered, scrubbed; for a drain its reason. */
  readonly said: string
  readonly call: string | null
  readonly requestId: string | null
  /** Who put it up; null when we did. */
  readonly by: string | null
  /** When the next migration tries again; null: nobody does. */
  readonly probeAt: number | null
  /** The migration that tries at present. */
  readonly probe: string | null
  /** Of an open circuit: how long the next one waits that tries, milliseconds, before jitter; it doubles each time. */
  readonly pauseMs?: number
}

/** A hold to put up, or to confirm when it stands already. `worked`: the fleet's earlier success that it was judged by. */
export type Raise = Pick<
  Hold,
  'name' | 'kind' | 'scope' | 'stops' | 'act' | 'said' | 'call' | 'requestId'
> & {
  readonly worked?: string
}

/** How long after an answer a migration tries again, before jitter. */
export const PROBE_MS = 60_000
/** The lift of a hold wakes who stands under it; this timer is the slow second way. */
export const HELD_SLEEP_MS = 10 * 60_000

/** The name of a hold. */
export function holdName(kind: HoldKind, scope: string): string {
  return `${kind}:${scope}`
}

/**
 * The key under which the fleet remembers that a kind of call has worked: its role, profile and place. Marks and removals
 * need rights of their own: that the same thing was read says nothing of them.
 */
export function workedKey(role: Role, { plan }: Migration, act: Act['act'] | null = null): string {
  const { profile, image, from, to } = plan
  if (act === 'retag') return `retag|${profile}`
  if (act === 'remove')
    return role === 'image' ? `remove-image|${profile}|${image.region}/${image.bucket}` : `remove|${profile}`
  switch (role) {
    case 'bucket':
    case 'image':
    case 'export':
      return `${role}|${profile}|${image.region}/${image.bucket}`
    case 'source':
    case 'taken-snapshot':
      return `${role}|${profile}|${from ?? ''}`
    case 'import':
    case 'copy':
      return `${role}|${profile}|${to}`
  }
}

/** What an event says has worked: later a refusal of the same is the account's, and no longer this migration's. */
export function workedBy(m: Migration, event: EventBody): readonly string[] {
  const keys = (...roles: readonly Role[]) => roles.map((role) => workedKey(role, m))
  const isImage = (id: string): boolean => itemOf(m.ledger, id)?.thing.what === 'image'
  if (event.type === 'kept') return isImage(event.id) ? [] : [workedKey('copy', m, 'retag')]
  if (event.type === 'removed')
    return [...new Set(event.ids.map((id) => workedKey(isImage(id) ? 'image' : 'copy', m, 'remove')))]
  if (event.type === 'admitted' && m.state === 'queued') return keys('bucket')
  if (event.type !== 'phase-completed') return []
  switch (event.phase) {
    case 'snapshot':
      return keys('taken-snapshot')
    case 'export':
      return keys('bucket', 'export')
    case 'inspect':
      return keys('image')
    case 'verify':
      return keys('import', 'copy')
    default:
      return []
  }
}

/**
 * The hold that a failed call puts up: what is wrong with the account and not with this migration. null: it is this
 * migration's own failure. A 403 counts only when such a call has worked before: the first one is a missing right.
 */
export function holdFor(
  m: Migration,
  failure: CloudFailure,
  role: Role,
  act: Act['act'] | null,
  { worked = [] }: Pick<Moment, 'worked'>,
): Raise | null {
  const { profile, image } = m.plan
  const { call, requestId } = failure
  const said = failure.words === '' ? String(failure.status ?? failure.kind) : failure.words
  const stops = act === null ? 'calls' : 'creates'
  const raise = (kind: HoldKind, scope: string, rest: Pick<Raise, 'stops' | 'worked'>): Raise => {
    return { name: holdName(kind, scope), kind, scope, act, said, call, requestId, ...rest }
  }
  switch (failure.kind) {
    case 'credentials':
      // Who refuses the key refuses every call: a look that answers ends it, too.
      return { ...raise('credentials', `profile/${profile}`, { stops: 'calls' }), act: null }
    case 'quota':
      return raise('quota', `profile/${profile}`, { stops: 'creates' })
    case 'forbidden': {
      const key = workedKey(role, m, act)
      // Only the source itself was looked at by its own first checks; of a bucket they saw that it is there.
      const isOwn = role === 'source' && act === null && m.state !== 'queued'
      if (!isOwn && (role === 'source' || !worked.includes(key))) return null
      const mark = isOwn ? {} : { worked: key }
      // The provider reads the bucket for an import: a refused one is as likely the bucket's policy as a missing right.
      const isBucket = role !== 'copy' && role !== 'taken-snapshot' && role !== 'source'
      const scope = isBucket ? `bucket/${image.region}/${image.bucket}` : `profile/${profile}`
      return raise(isBucket ? 'bucket' : 'credentials', scope, { stops, ...mark })
    }
    default:
      return null
  }
}

/** Whether a hold covers a migration: its profile, one of its zones, its bucket, or the whole fleet. */
export function isUnder({ plan }: Migration, { scope }: Pick<Hold, 'scope'>): boolean {
  const { profile, from, to, image } = plan
  return (
    scope === 'fleet' ||
    scope === `profile/${profile}` ||
    scope === `zone/${to}` ||
    (from !== null && scope === `zone/${from}`) ||
    scope === `bucket/${image.region}/${image.bucket}`
  )
}

/**
 * The hold under which this migration must not call the provider now; null when it may, or is the one that tries. One that
 * has nothing to look at calls nobody: it keeps its place in a line, and its write is judged by `keptFrom`.
 */
export function stopped(m: Migration, question: Question, holds: readonly Hold[]): Hold | null {
  if (isEnded(m) || m.state === 'needs_attention' || Object.keys(question).length === 0) return null
  const covers = (hold: Hold): boolean =>
    hold.stops === 'calls' && !mayTry(m, hold, holds) && isUnder(m, hold) && meets(question, hold)
  return holds.find(covers) ?? null
}

/** Whether a question would make the calls that a hold stops: those of a bucket, or of a zone, stop no others. */
function meets(question: Question, { kind, scope }: Hold): boolean {
  if (kind === 'bucket') return BUCKET_LOOKS.some((slot) => slot in question)
  return kind !== 'circuit' || !scope.startsWith(ZONE) || asksZone(question, scope.slice(ZONE.length))
}

/**
 * Whether this migration is to try. Who is to try under one hold may under all: else two holds that cover the same
 * migrations keep each other's from trying for ever. A drain is nobody's to try.
 */
function mayTry({ id }: Migration, { kind }: Hold, holds: readonly Hold[]): boolean {
  return kind !== 'drain' && holds.some(({ probe }) => probe === id)
}

const ZONE = 'zone/'
const BUCKET_LOOKS = ['bucket', 'object', 'images', 'judgement'] as const
const API_LOOKS = ['source', 'volume', 'row', 'tagged', 'proven', 'rows', 'late'] as const
const ALL_LOOKS = [...BUCKET_LOOKS, ...API_LOOKS] as const

/** What a migration looks at. The one that tries under the hold of a bucket looks at that, whatever it wants besides. */
export function probing(m: Migration, question: Question, holds: readonly Hold[]): Question {
  const tries = holds.some((hold) => isLookedOut(hold) && hold.probe === m.id && isUnder(m, hold))
  if (!tries || BUCKET_LOOKS.some((slot) => slot in question)) return question
  const { bucket, region } = m.plan.image
  return { ...question, bucket: { bucket, region } }
}

/** Whether only a look shows that a hold is over: the provider takes an export into a closed bucket, and fails it later. */
function isLookedOut({ kind, act }: Hold): boolean {
  return kind === 'bucket' && act === null
}

/** The hold under which this migration must not make this write; null when it may, or is the one that tries. */
export function keptFrom(m: Migration, act: Act, holds: readonly Hold[]): Hold | null {
  if (isEnded(m)) return null
  const covers = (hold: Hold): boolean =>
    (!mayTry(m, hold, holds) || isLookedOut(hold)) &&
    isUnder(m, hold) &&
    (hold.act === act.act || isKept(hold, act))
  return holds.find(covers) ?? null
}

/** What a hold keeps from being written besides the write that was refused. */
function isKept(hold: Hold, act: Act): boolean {
  switch (hold.kind) {
    case 'drain':
      return 'intent' in act
    case 'quota':
      // Both make a snapshot; an export fills a bucket, which has no such quota.
      return act.act === 'take-snapshot' || act.act === 'start-import'
    case 'bucket':
      if (hold.act !== null) return false
      if (act.act === 'remove') return act.items.some(({ thing }) => thing.what === 'image')
      return act.act === 'start-export' || act.act === 'start-import'
    case 'circuit':
      return (
        hold.stops === 'calls' &&
        (!hold.scope.startsWith(ZONE) || writesIn(act, hold.scope.slice(ZONE.length)))
      )
    case 'credentials':
      return hold.stops === 'calls'
  }
}

/** Whether a write calls the APIs of a zone; an object is removed from its region. */
function writesIn(act: Act, zone: string): boolean {
  if (act.act !== 'remove') return act.order.zone === zone
  return act.items.some(({ thing }) => placeOf(thing) === zone)
}

/** The drain under which a migration takes no claim and no place in a budget; null when there is none. */
export function drained(m: Migration, holds: readonly Hold[]): Hold | null {
  return holds.find((hold) => hold.kind === 'drain' && isUnder(m, hold)) ?? null
}

/** Why a migration under a hold waits. */
export function reasonOf(hold: Pick<Hold, 'kind' | 'scope' | 'said'>): Reason {
  return { code: `hold-${hold.kind}`, text: `${TOLD[hold.kind]} (${hold.scope}): ${hold.said}` }
}

const TOLD: Readonly<Record<HoldKind, string>> = {
  credentials: 'The provider refuses the credentials',
  quota: 'A quota of the account is used up',
  bucket: 'The bucket refuses what has worked before',
  circuit: 'The provider is unwell; calls are rare until it answers again',
  drain: 'An operator lets nothing new begin',
}

/** The holds that a look ends: this migration was to try, and the provider answered what it had refused. */
export function endedByLook(m: Migration, seen: Seen, holds: readonly Hold[]): readonly string[] {
  const ends = (hold: Hold): boolean => {
    if (hold.probe !== m.id || hold.act !== null || !isUnder(m, hold)) return false
    const slots = hold.kind === 'bucket' ? BUCKET_LOOKS : hold.kind === 'circuit' ? API_LOOKS : ALL_LOOKS
    const looks = slots.flatMap((slot) => seen[slot] ?? [])
    return looks.length > 0 && looks.every((look) => look.ok)
  }
  return holds.filter(ends).map(nameOf)
}

/** The holds that a write ends: this migration was to try, and the provider did what it had refused. */
export function endedByWrite(
  m: Migration,
  act: Act,
  answer: ActAnswer,
  holds: readonly Hold[],
): readonly string[] {
  const isDone = answer.to === 'remove' ? answer.results.every(({ result }) => result.ok) : answer.result.ok
  const ends = (hold: Hold): boolean =>
    hold.probe === m.id &&
    isUnder(m, hold) &&
    !isLookedOut(hold) &&
    (hold.act === act.act || isKept(hold, act))
  return isDone ? holds.filter(ends).map(nameOf) : []
}

function nameOf({ name }: Hold): string {
  return name
}
