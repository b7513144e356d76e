import { expect } from 'vitest'
import {
  type CloudFailure,
  type Decision,
  decide,
  type EventBody,
  good,
  type ImageSeen,
  type Migration,
  type Moment,
  POLICY,
  type Result,
  type Seen,
  type SnapshotSeen,
} from '../src/index.ts'
import { aSource, keyOf, NOW } from './a-migration.ts'

/** A decision in one line: what is done, recorded, waited for. */
export function told(decision: Decision): string {
  if (decision.do === 'sleep') return `wait: ${decision.why.code}`
  return [...decision.events.map(line), ...(decision.do === 'act' ? [decision.act.act] : [])].join('; ')
}

function line(event: EventBody): string {
  switch (event.type) {
    case 'attempt-failed':
      return `${event.failure.kind} → ${event.then}${list(', disowns', event.disown)}`
    case 'settled':
      return `settled ${event.outcome === 'made' ? short(event.thing.id) : 'nothing'}`
    case 'disowned':
      return `disowned${list('', event.found)}`
    case 'phase-completed':
      return `${event.phase} done${list(', extra', event.extras)}`
    case 'proof-lost':
      return `back to ${event.phase}`
    case 'left':
      return `left ${event.ids.map(short)}: ${event.reason}`
    case 'kept':
      return `kept ${short(event.id)}`
    case 'intended':
      return `intended ${event.intent.id}`
    default:
      return event.type
  }
}

function list(what: string, found: readonly { readonly thing: { readonly id: string } }[]): string {
  return found.length === 0 ? '' : `${what} ${found.map(({ thing }) => short(thing.id))}`
}

function short(id: string): string {
  return id.split('/').at(-1)!
}

/** What is the case, the record, what was seen, when, and the decision that follows. */
export type Row = readonly [what: string, m: Migration, seen: Seen, at: Moment, decision: string]

/** Every row decides as it says. */
export function check(rows: readonly Row[]): void {
  for (const [what, m, seen, at, expected] of rows)
    expect(told(decide(m, seen, POLICY, at)), what).toBe(expected)
}

/** What an export looks at: the objects under its prefix and the source. */
export function saw(
  images: readonly ImageSeen[],
  source: Result<SnapshotSeen | null, CloudFailure> = good(aSource()),
): Seen {
  return { images: good(images), source }
}

/** The source in a state. */
export function exporting(kind: Parameters<typeof aSource>[0] = 'exporting') {
  return good(aSource(kind))
}

/** An export of ours whose answer is awaited. */
export const OPEN = { id: 'export.2.1', phase: 'export', round: 2, send: 1, mark: keyOf(1), at: NOW } as const
