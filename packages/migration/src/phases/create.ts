import type { Act, Decision, Moment } from '../decision.ts'
import { record, write } from '../decision.ts'
import type { Found, Intent } from '../event.ts'
import { type FailureKind, found, type Role } from '../failure.ts'
import { intended, lookingBack, mayHaveForgotten, roundsNearby } from '../forgotten.ts'
import { type Backend, backendOf, type Zone } from '../ids.ts'
import { type Item, itemOf, type Thing } from '../ledger.ts'
import type { Running } from '../migration.ts'
import { NOTHING_FOUND } from '../moves.ts'
import { copyTag, wipTag } from '../plan.ts'
import type { Policy } from '../policy.ts'
import type { Question, RowSeen, Seen, TagLook } from '../question.ts'
import { strangers } from '../remove.ts'
import { isTaken, PHASES, type Phase } from '../route.ts'
import type { SnapshotSeen } from '../seen.ts'
import { blocked, fail, isConfirmed, wait } from '../waiting.ts'
import type { WhyCode } from '../why.ts'
import { admission, holdsAll } from './admission.ts'
import { type Rules, seenOf } from './rules.ts'

/** What differs between the two phases that create a snapshot at the provider. */
export interface Creation {
  readonly phase: 'snapshot' | 'import'
  readonly what: 'taken-snapshot' | 'copy'
  readonly role: Role
  readonly working: WhyCode
  readonly broken: {
    readonly error: FailureKind
    readonly invalid: FailureKind
    readonly vanished: FailureKind
  }
  /** Whether the list by tag is looked at once the thing is ready. */
  readonly siblings: boolean
  /** The places in budgets that it takes before it begins. */
  claims(m: Running): readonly string[]
  where(m: Running): { readonly backend: Backend; readonly zone: Zone; readonly project: string }
  act(m: Running, intent: Intent): Act
  done(m: Running, seen: RowSeen & { readonly row: SnapshotSeen }, item: Item): Decision
}

/** The rules of a phase that creates a snapshot: look up, announce, create once, wait until it is good. */
export function creating(creation: Creation): Rules {
  return {
    needs: (m, moment) => needs(creation, m, moment),
    decide: (m, seen, policy, moment) => decide(creation, m, seen, policy, moment),
  }
}

/** The thing this phase made and still wants, if any. */
export function current(m: Running, what: Thing['what']): Item | null {
  return m.ledger.findLast((item) => item.thing.what === what && item.state === 'made') ?? null
}

function needs(creation: Creation, m: Running, moment: Moment): Question {
  const item = current(m, creation.what)
  const { backend, zone, project } = creation.where(m)
  const by = (tag: string): TagLook => ({ backend, zone, project, tag })
  if (item !== null)
    return {
      row: {
        backend,
        zone,
        id: item.thing.id,
        siblings: creation.siblings ? by(wipTag(m, item.round)) : null,
      },
    }
  if (m.intent !== null) return { tagged: by(wipTag(m, m.intent.round)) }
  if (!holdsAll(m, creation.claims(m))) return {}
  if (moment.redisRun === m.redisRun && m.lost.length === 0) return {}
  // Another Redis than before: it may have forgotten what we did, so the provider is asked before anything is created.
  // Not only the first time: a folder that was put back may have forgotten every phase that is still to come.
  const tagged = by(wipTag(m, m.round))
  const late = mayHaveForgotten(m, moment)
    ? { late: roundsNearby(m).map((round) => by(wipTag(m, round))) }
    : {}
  return { tagged, ...late, ...provenLook(m) }
}

/** Where a proven copy of this migration would be: asked for before a create when the record may have forgotten it. */
export function provenLook({ id, plan }: Running): Question {
  const { copy, to } = plan
  if (copy.type === null || copy.project === null) return {}
  const tag = copyTag({ id, plan })
  return { proven: { backend: backendOf(copy.type), zone: to, project: copy.project, tag } }
}

/** A proven copy that the record has forgotten is adopted, and the way goes on at verify. Null when there is none. */
export function adoptProven(m: Running, { proven }: Seen, policy: Policy, moment: Moment): Decision | null {
  if (proven === undefined) return null
  if (!proven.ok) return blocked(m, proven.failure, 'copy', policy, moment)
  const row = candidate(m, proven.value)
  if (row === null) return null
  const { id, backend, zone, sizeBytes } = row
  const thing = { what: 'copy', id, backend, zone } as const
  const facts = { copy: id, sizeBytes: m.facts.sizeBytes ?? m.plan.copy.sizeBytes ?? sizeBytes }
  const isAhead = (phase: Phase): boolean =>
    PHASES.indexOf(phase) >= PHASES.indexOf(m.phase) && PHASES.indexOf(phase) < PHASES.indexOf('import')
  const skipped = PHASES.filter((phase) => isAhead(phase) && isTaken(phase, m.plan.source.kind))
  return record(
    'proven-before',
    ...skipped.map((phase) => ({ type: 'phase-completed' as const, phase, facts: {}, made: [], extras: [] })),
    { type: 'phase-completed', phase: 'import', facts, made: [{ thing, round: m.round }], extras: [] },
  )
}

function decide(creation: Creation, m: Running, seen: Seen, policy: Policy, moment: Moment): Decision {
  const item = current(m, creation.what)
  if (item !== null) return watch(creation, m, item, seen, policy, moment)
  if (m.intent !== null) return lookUp(creation, m, m.intent, seen, policy, moment)
  const claims = creation.claims(m)
  if (!holdsAll(m, claims)) return admission('place-needed', m, claims)
  const proven = adoptProven(m, seen, policy, moment)
  if (proven !== null) return proven
  const { tagged, late } = seen
  if (tagged?.ok === false) return blocked(m, tagged.failure, creation.role, policy, moment)
  if (late?.ok === false) return blocked(m, late.failure, creation.role, policy, moment)
  const forgotten = [
    ...(late === undefined ? [] : unlisted(m, { late })),
    ...outdated(creation, m, tagged?.value ?? []),
  ]
  if (forgotten.length > 0) return record('forgotten-found', { type: 'disowned', found: forgotten })
  const back = tagged === undefined ? null : lookingBack(m, policy.listLagMs, moment)
  if (back !== null && candidate(m, tagged?.value ?? []) === null) return back
  const intent = announce(creation, m, moment)
  const announced = intended(m, intent, moment)
  // Something of this round exists already: the announcement alone lets the next look adopt it.
  if (tagged !== undefined && candidate(m, tagged.value) !== null) return record('made-before', announced)
  return write('nothing-made', [announced], creation.act(m, intent))
}

/** A list tells whole seconds: a copy begun within the one in which its image was written may be of the image before. */
const TOLD_IN_MS = 1_000

/** Copies that a time which Redis forgot made of what stood at the key before the image that is there now. */
function outdated(creation: Creation, m: Running, rows: readonly SnapshotSeen[]): readonly Found[] {
  const writtenAt = creation.what === 'copy' ? m.facts.image?.writtenAt : undefined
  if (writtenAt === undefined) return []
  const disowned = (row: SnapshotSeen): boolean => itemOf(m.ledger, row.id) !== null
  return rows
    .filter((row) => row.createdAt < writtenAt + TOLD_IN_MS && !disowned(row))
    .map((row) => ({ thing: thingOf(creation, row), round: m.round }))
}

/** Things of ours of other rounds that no line of the ledger names. */
function unlisted(m: Running, seen: Seen): readonly Found[] {
  return strangers(m, seen).filter(({ thing }) => itemOf(m.ledger, thing.id) === null)
}

function announce(creation: Creation, m: Running, { now }: Moment): Intent {
  const send = m.send + 1
  return {
    id: `${creation.phase}.${m.round}.${send}`,
    phase: creation.phase,
    round: m.round,
    send,
    mark: wipTag(m, m.round),
    at: now,
  }
}

/** The one to adopt: not disowned, the oldest, then the smallest id. */
export function candidate(
  m: Running | { readonly ledger: Running['ledger'] },
  rows: readonly SnapshotSeen[],
): SnapshotSeen | null {
  const disowned = new Set(m.ledger.filter((item) => item.state !== 'made').map((item) => item.thing.id))
  const free = rows.filter((row) => !disowned.has(row.id))
  return free.toSorted((a, b) => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1))[0] ?? null
}

function thingOf(creation: Creation, row: SnapshotSeen): Thing {
  return { what: creation.what, id: row.id, backend: row.backend, zone: row.zone }
}

/** The answer of a create was lost: find what it made, or wait until it can never have been made. */
function lookUp(
  creation: Creation,
  m: Running,
  intent: Intent,
  seen: Seen,
  policy: Policy,
  moment: Moment,
): Decision {
  const tagged = seenOf(seen.tagged, 'tagged')
  if (!tagged.ok) return blocked(m, tagged.failure, creation.role, policy, moment)
  const row = candidate(m, tagged.value)
  if (row !== null)
    return record('answer-found', {
      type: 'settled',
      intent: intent.id,
      outcome: 'made',
      thing: thingOf(creation, row),
      adopted: true,
    })
  if (moment.now - intent.at >= Math.max(policy.resendAgeMs, policy.listLagMs)) {
    const nothing = {
      type: 'settled',
      intent: intent.id,
      outcome: 'nothing',
      because: NOTHING_FOUND,
    } as const
    return record('answer-too-old', nothing)
  }
  return wait('answer-lost', 'The answer to our request was lost; looking for what it made.', policy, moment)
}

/** The thing exists: is it ready, on the way, or broken? */
function watch(
  creation: Creation,
  m: Running,
  item: Item,
  seen: Seen,
  policy: Policy,
  moment: Moment,
): Decision {
  const look = seenOf(seen.row, 'row')
  if (!look.ok) return blocked(m, look.failure, creation.role, policy, moment)
  const { row, siblings } = look.value
  const disown = [{ thing: item.thing, round: item.round }]
  if (row === null) return vanished(creation, m, item, policy, moment)
  switch (row.state.kind) {
    case 'available':
    case 'in-use':
      return creation.done(m, { row, siblings }, item)
    case 'pending':
    case 'exporting':
      return wait(creation.working, `The provider shows it as ${row.state.word}.`, policy, moment)
    case 'error':
      return fail(
        'made-broken',
        m,
        found(creation.broken.error, `The provider ended in state ${row.state.word}.`, row.state.details),
        disown,
        policy,
        moment,
      )
    case 'invalid-data':
      return fail(
        'made-broken',
        m,
        found(creation.broken.invalid, `The provider ended in state ${row.state.word}.`, row.state.details),
        disown,
        policy,
        moment,
      )
    case 'locked':
      return fail(
        'made-locked',
        m,
        found('locked', `The provider shows ${row.id} as locked.`),
        [],
        policy,
        moment,
      )
    case 'deleting':
      return vanished(creation, m, item, policy, moment)
    case 'unknown':
      return wait(
        'unknown-state',
        `The provider shows a state we do not know: ${row.state.word}.`,
        policy,
        moment,
      )
  }
}

/** A 404 soon after the create is lag; seen twice later it is gone. */
function vanished(creation: Creation, m: Running, item: Item, policy: Policy, moment: Moment): Decision {
  if (moment.now - item.at < policy.birthLagMs)
    return wait('copy-not-seen', 'It was created but is not shown yet.', policy, moment)
  if (!isConfirmed(moment, 'copy-missing', 1))
    return wait('copy-missing', 'It is no longer shown; looking once more.', policy, moment)
  const text = `${item.thing.id} was made by us and is no longer there.`
  return fail(
    'made-vanished',
    m,
    found(creation.broken.vanished, text),
    [{ thing: item.thing, round: item.round }],
    policy,
    moment,
  )
}
