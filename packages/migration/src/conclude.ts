import { type Because, type BecauseCode, because } from './because.ts'
import type { CloudFailure } from './cloud-failure.ts'
import { type Act, type ActAnswer, becauseOfWait, type Moment, type Reason } from './decision.ts'
import type { EventBody, Intent } from './event.ts'
import { failureOfCall, isTransient, type Role } from './failure.ts'
import type { Raise } from './hold.ts'
import { itemOf, type Thing } from './ledger.ts'
import { isEnded, type Migration } from './migration.ts'
import { delayMs, type Policy } from './policy.ts'
import { firstPollMs } from './poll.ts'
import type { SnapshotSeen } from './seen.ts'
import { attempt, heldFor, unwell } from './waiting.ts'

/** What a tick learned from its write: the events to append, and when to look again. */
export interface Conclusion {
  readonly events: readonly EventBody[]
  readonly sleepMs: number
  readonly why: Reason | null
  readonly because: Because
  /** The hold it puts up. */
  readonly hold?: Raise
}

/**
 * Turns the answer of a write into facts. `m` is the record as it is *now*: when another worker was faster, the
 * decision is dead but the fact is not. A thing that nobody waits for any more is disowned, so that it is removed.
 */
export function conclude(
  m: Migration,
  act: Act,
  answer: ActAnswer,
  policy: Policy,
  moment: Moment,
): Conclusion {
  switch (answer.to) {
    case 'create':
      return act.act === 'retag' || act.act === 'remove'
        ? nothing('answer-moot')
        : created(m, act, answer.result, policy, moment)
    case 'retag':
      return retagged(m, answer.result, policy, moment)
    case 'remove':
      return removed(m, answer.results, policy, moment)
  }
}

type Create = Exclude<Act, { act: 'retag' | 'remove' }>
type CreateResult = Extract<ActAnswer, { to: 'create' }>['result']

function nothing(rule: BecauseCode): Conclusion {
  return facts(rule, [])
}

/** Facts, and on at once. */
function facts(rule: BecauseCode, events: readonly EventBody[]): Conclusion {
  return { events, sleepMs: 0, why: null, because: because(rule) }
}

function created(
  m: Migration,
  act: Create,
  result: CreateResult,
  policy: Policy,
  moment: Moment,
): Conclusion {
  const isMine = m.intent?.id === act.intent.id
  if (result.ok) {
    const thing = thingOf(act, result.value)
    if (!isMine) return isRecorded(m, thing) ? nothing('answer-known') : disown(thing, act.intent)
    const sleepMs = firstPollMs(m, policy, moment) ?? delayMs(policy.poll, 0, moment.dice)
    const events = [made(act.intent, thing)]
    return { events, sleepMs, why: workingOn(act), because: because('answer-made') }
  }
  const { failure } = result
  if (!isMine) return nothing('answer-moot')
  if (!failure.nothing) {
    const text = `The answer to ${failure.call} was lost; looking for what it made.`
    const why = { code: 'answer-lost', text } as const
    return { events: [], sleepMs: delayMs(policy.poll, 0, moment.dice), why, because: becauseOfWait(why) }
  }
  return refused(m, act, failure, policy, moment)
}

/** A recorded id wins: whoever was faster has found what this write made, and what became of it stands in the ledger. */
function isRecorded(m: Migration, thing: Thing): boolean {
  const item = itemOf(m.ledger, thing.id)
  return item !== null && item.state !== 'removed'
}

function disown(thing: Thing, { round }: Intent): Conclusion {
  return facts('answer-unwanted', [{ type: 'disowned', found: [{ thing, round }] }])
}

/** A definite refusal: nothing was made. Time may heal it, or it is a failed attempt. */
function refused(
  m: Migration,
  act: Create,
  failure: CloudFailure,
  policy: Policy,
  moment: Moment,
): Conclusion {
  const said = failure.words === '' ? failure.kind : failure.words
  const settled: EventBody = { type: 'settled', intent: act.intent.id, outcome: 'nothing', because: said }
  if (failure.kind === 'stopped')
    return { events: [settled], ...heldBack(policy, moment), because: because('write-kept-back') }
  const held = heldFor(m, failure, ROLE[act.act], act.act, moment)
  if (held !== null) return { events: [settled], ...held, because: because('write-held') }
  if (isTransient(failure))
    return { events: [settled], ...unwell(failure, policy, moment), because: because('write-put-off') }
  // In any other state than running the phase's failure changes nothing: the intent is closed, that is all.
  if (m.state !== 'running' || m.proven) return facts('intent-closed', [settled])
  const { events, ...rest } = attempt(m, failureOfCall(failure, ROLE[act.act]), [], policy, moment)
  return { events: [settled, ...events], ...rest, because: because('write-refused') }
}

/**
 * A write that the send guard or a stopping process kept back. It is announced anew, ever more seldom: a provider that
 * is slower than the guard must neither be hammered nor make a migration go round in circles.
 */
function heldBack(
  policy: Policy,
  { pulse, dice }: Moment,
): { readonly sleepMs: number; readonly why: Reason } {
  const text = 'The write came too late after it was announced and was not sent.'
  return { sleepMs: delayMs(policy.poll, pulse.looks, dice), why: { code: 'held-back', text } }
}

const ROLE: Record<Create['act'], Role> = {
  'take-snapshot': 'taken-snapshot',
  'start-export': 'export',
  'start-import': 'import',
}

function made(intent: Intent, thing: Thing): EventBody {
  return { type: 'settled', intent: intent.id, outcome: 'made', thing, adopted: false }
}

function thingOf(act: Create, row: SnapshotSeen | null): Thing {
  if (act.act === 'start-export' || row === null) {
    const { bucket, region } =
      act.act === 'start-export'
        ? { bucket: act.order.bucket, region: act.region }
        : { bucket: '', region: null }
    if (region === null) throw new Error(`${act.act} answered without a snapshot`)
    return { what: 'image', id: act.intent.mark, region, bucket }
  }
  return {
    what: act.act === 'take-snapshot' ? 'taken-snapshot' : 'copy',
    id: row.id,
    backend: row.backend,
    zone: row.zone,
  }
}

function workingOn(act: Create): Reason {
  switch (act.act) {
    case 'take-snapshot':
      return { code: 'taking-snapshot', text: 'The provider is taking the snapshot.' }
    case 'start-export':
      return { code: 'exporting', text: 'The provider is writing the image.' }
    case 'start-import':
      return { code: 'importing', text: 'The provider is reading the image.' }
  }
}

function retagged(
  m: Migration,
  result: Extract<ActAnswer, { to: 'retag' }>['result'],
  policy: Policy,
  moment: Moment,
): Conclusion {
  const why: Reason = { code: 'marking', text: 'The mark of the proof is being written.' }
  // The next look shows the mark; if it does not, looks come ever more seldom.
  if (result.ok)
    return {
      events: [],
      sleepMs: moment.pulse.looks === 0 ? 0 : delayMs(policy.poll, moment.pulse.looks, moment.dice),
      why,
      because: becauseOfWait(why),
    }
  const { failure } = result
  const held = heldFor(m, failure, 'copy', 'retag', moment)
  if (held !== null) return { ...waited(held), hold: held.hold }
  return waited(failure.kind === 'stopped' ? heldBack(policy, moment) : unwell(failure, policy, moment))
}

/** Nothing was learned but why to wait. */
function waited({ sleepMs, why }: { readonly sleepMs: number; readonly why: Reason }): Conclusion {
  return { events: [], sleepMs, why, because: becauseOfWait(why) }
}

function removed(
  m: Migration,
  results: Extract<ActAnswer, { to: 'remove' }>['results'],
  policy: Policy,
  moment: Moment,
): Conclusion {
  const ids = (ending: 'gone' | 'not-ours'): string[] =>
    results.flatMap(({ id, result }) => (result.ok && result.value === ending ? [id] : []))
  const gone = ids('gone')
  const foreign = ids('not-ours')
  const events: EventBody[] = [
    ...(gone.length > 0 ? [{ type: 'removed' as const, ids: gone }] : []),
    ...(foreign.length > 0 ? [{ type: 'left' as const, ids: foreign, reason: 'not-ours' }] : []),
  ]
  const failures = results.flatMap(({ result }) => (result.ok ? [] : [result.failure]))
  const worst = failures.find(({ kind }) => kind === 'in-use') ?? failures[0]
  if (worst === undefined) return facts('removal-answered', events)
  const refused = because('removal-refused')
  if (worst.kind === 'stopped') return { events, ...heldBack(policy, moment), because: refused }
  const held = heldFor(m, worst, roleOfFailed(m, results), 'remove', moment)
  if (held !== null) return { events, ...held, because: refused }
  // After the ending nobody waits for it: what does not go at once is listed, and tried again at night.
  if (isEnded(m)) return facts('removal-refused', [...events, ...leaving(m, results)])
  return { events, ...unwell(worst, policy, moment), because: refused }
}

/** What the first thing was that refused to go. */
function roleOfFailed(m: Migration, results: Extract<ActAnswer, { to: 'remove' }>['results']): Role {
  const refused = results.find(({ result }) => !result.ok)
  const thing = refused === undefined ? null : itemOf(m.ledger, refused.id)?.thing
  return thing?.what === 'image' ? 'image' : 'copy'
}

/** The lines of an ended migration that refused to go and do not stand there as left for this reason already. */
function leaving(m: Migration, results: Extract<ActAnswer, { to: 'remove' }>['results']): EventBody[] {
  return results.flatMap(({ id, result }): EventBody[] => {
    if (result.ok || result.failure.kind === 'stopped') return []
    const reason = result.failure.kind
    const item = itemOf(m.ledger, id)
    return item?.state === 'left' && item.reason === reason ? [] : [{ type: 'left', ids: [id], reason }]
  })
}
