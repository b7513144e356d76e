import { apply, firstRecord } from './apply.ts'
import type { Because } from './because.ts'
import type { Bundle } from './bundle.ts'
import type { ActAnswer } from './decision.ts'
import type { Event } from './event.ts'
import type { Migration } from './migration.ts'
import { POLICY, type Policy } from './policy.ts'
import type { Seen } from './question.ts'
import { decideAnew, type Then, type Today } from './replay-decision.ts'
import { sameIn } from './same.ts'

/** One append of a history, and what today's code makes of the same sight. */
export interface Step {
  /** The number of its first event, from 1, as in the list of events. */
  readonly number: number
  readonly events: readonly Event[]
  /** The record before; null before the first event. */
  readonly before: Migration | null
  /** The record after; null when today's rules cannot follow, and from there on. */
  readonly after: Migration | null
  /** `person`: it was asked for. `unkept`: it was decided, and its basis was not kept. `decided`: it can be decided again. */
  readonly kind: 'person' | 'unkept' | 'decided'
  readonly seen: Seen | null
  /** The sight is the same as the one kept before it. */
  readonly isSeenAsBefore: boolean
  readonly answer: ActAnswer | null
  /** Why it was decided, that day. */
  readonly because: Because | null
  /** What today's code decides; null where nothing can be decided again. */
  readonly today: Today | null
  /** In one sentence, where today's code would decide otherwise. */
  readonly differs: string | null
}

/** A history gone through once more. */
export interface Replay {
  readonly steps: readonly Step[]
  /** In one sentence, when the events do not lead to the record; null when they do. */
  readonly recordDiffers: string | null
}

/** Decides a whole history once more, with today's rules and today's patience, from what was seen that day. */
export function replay({ events, record }: Bundle, policy: Policy = POLICY): Replay {
  const steps: Step[] = []
  const past: Past = { records: [null], events, seen: null }
  for (const { number, group } of appendsOf(events)) {
    const step = stepOf(past, number, group, policy)
    steps.push(step)
    if (step.seen !== null) past.seen = step.seen
  }
  return { steps, recordDiffers: recordDifference(past.records.at(-1) ?? null, record) }
}

/** What is known up to a step: the record after so many events, and the last sight. */
interface Past {
  readonly records: (Migration | null)[]
  readonly events: readonly Event[]
  seen: Seen | null
}

const BY_PEOPLE = new Set<Event['type']>(['created', 'cancel-requested', 'retry-requested'])

/** The events by appends: a basis begins one, and the events it shares with the first follow without one. */
function appendsOf(
  events: readonly Event[],
): { readonly number: number; readonly group: readonly Event[] }[] {
  const groups: { number: number; group: Event[] }[] = []
  let isOpen = false
  for (const [at, event] of events.entries()) {
    const last = groups.at(-1)
    const isAlone = event.basis !== undefined || BY_PEOPLE.has(event.type) || event.type === 'defect'
    if (!isAlone && isOpen && last?.group[0]?.at === event.at) last.group.push(event)
    else groups.push({ number: at + 1, group: [event] })
    isOpen = event.basis !== undefined || (isOpen && !isAlone)
  }
  return groups
}

function stepOf(past: Past, number: number, group: readonly Event[], policy: Policy): Step {
  const before = past.records[number - 1] ?? null
  const followed = follow(past, group)
  const basis = group[0]?.basis
  const kept = basis?.seen
  const isSeenAsBefore = kept === 'as-before'
  const seen = kept === 'as-before' ? past.seen : (kept ?? null)
  const told = { number, events: group, before, after: followed.after, isSeenAsBefore, seen }
  if (basis === undefined) {
    const kind = group.every(({ type }) => BY_PEOPLE.has(type)) ? 'person' : 'unkept'
    return { ...told, kind, answer: null, because: null, today: null, differs: followed.problem }
  }
  const { answer = null, because } = basis
  const then: Then = { events: group, basis, seen }
  const today = before === null ? null : decideAnew(then, before, writeBasis(past, then), policy)
  const differs = followed.problem ?? (today === null ? null : difference(then, today))
  return { ...told, kind: 'decided', answer, because, today, differs }
}

/** The record and the basis that a write was decided from, when its announcement kept them. */
function writeBasis(past: Past, { basis }: Then) {
  if (basis.decided === undefined) return null
  const record = past.records[basis.decided.events] ?? null
  const announcement = past.events[basis.decided.events]
  if (record === null) return null
  if (basis.seen !== undefined || announcement?.basis === undefined) return { record, announced: null }
  const { seen } = announcement.basis
  // Its sight may have been the one before: the last full one up to there.
  const full = seen === 'as-before' ? lastSeen(past.events.slice(0, basis.decided.events)) : seen
  return { record, announced: { basis: announcement.basis, seen: full ?? null } }
}

function lastSeen(events: readonly Event[]): Seen | null {
  const sights = events.flatMap(({ basis }) =>
    basis?.seen === undefined || basis.seen === 'as-before' ? [] : [basis.seen],
  )
  return sights.at(-1) ?? null
}

/** Applies the events of one append; a history that today's rules cannot follow is not followed any further. */
function follow(
  past: Past,
  group: readonly Event[],
): { readonly after: Migration | null; readonly problem: string | null } {
  let problem: string | null = null
  for (const event of group) {
    const before = past.records.at(-1) ?? null
    let after: Migration | null = null
    try {
      if (event.type === 'created') after = firstRecord(event)
      else if (before !== null) after = apply(before, event)
    } catch (cause) {
      problem = `Today's rules cannot follow: ${cause instanceof Error ? cause.message : String(cause)}`
    }
    past.records.push(after)
  }
  return { after: past.records.at(-1) ?? null, problem }
}

function difference({ events, basis }: Then, today: Today): string | null {
  if (today.problem !== null) return today.problem
  const [was, is] = [events.map(nameOf).join(', '), today.events.map(nameOf).join(', ') || 'nothing']
  if (was !== is) return `Then it recorded ${was}; today it would record ${is}.`
  const at = events.findIndex((event, index) => !sameIn(event, today.events[index]))
  if (at !== -1) return `Then and today it records ${was}, but ${events[at]?.type} says something else today.`
  const rule = today.because?.rule ?? ''
  if (basis.because.rule === rule) return null
  return `It records the same for another reason: then ${basis.because.rule}, today ${rule}.`
}

function nameOf(event: { readonly type: Event['type'] } & object): string {
  if ('why' in event) return `waited (${String((event.why as { code: unknown }).code)})`
  if ('failure' in event) return `${event.type} (${String((event.failure as { kind: unknown }).kind)})`
  return 'outcome' in event ? `${event.type} (${String(event.outcome)})` : event.type
}

function recordDifference(folded: Migration | null, record: Migration): string | null {
  if (folded === null) return 'The events do not lead to a record under today’s rules.'
  const names = new Set([...Object.keys(folded), ...Object.keys(record)])
  const fields: [Readonly<Record<string, unknown>>, Readonly<Record<string, unknown>>] = [
    { ...folded },
    { ...record },
  ]
  const other = [...names].filter((name) => !sameIn(fields[0][name], fields[1][name]))
  return other.length === 0 ? null : `The events lead to a record that differs in ${other.join(', ')}.`
}
