import type { Because } from './because.ts'
import type { Act, ActAnswer, Moment } from './decision.ts'
import { hashOf } from './hash.ts'
import type { Hold } from './hold.ts'
import type { Migration, Pulse } from './migration.ts'
import type { Seen } from './question.ts'

/**
 * What an event was decided from, so that the decision can be made once more. It stands at the first event of an
 * append; the others of the same append have it in common.
 */
export interface Basis {
  /** The roll that was decided with. */
  readonly dice: number
  /** The pulse as it was read, without what only counts appends. */
  readonly pulse: Omit<Pulse, 'v' | 'kept'>
  /** The Redis it was read from, when it is not the one in the record. */
  readonly redisRun?: string
  /** What was seen; `as-before`: the same as what the last basis with a sight kept. Missing: nothing was looked at. */
  readonly seen?: Seen | 'as-before'
  /** What a write came back with. */
  readonly answer?: ActAnswer
  /** When its write was decided: after how many events, and at what time. */
  readonly decided?: Decided
  /** The hold that was in the way. */
  readonly hold?: Hold
  /** What had worked before, when a refusal was judged by it. */
  readonly worked?: readonly string[]
  /** The limit of the phase, when it was learned. */
  readonly limitMs?: number
  /** The rule that decided, and why in words. */
  readonly because: Because
}

/** The moment of a decision whose write took time. */
export interface Decided {
  readonly events: number
  readonly at: number
  /** The pulse it was decided with, when nothing announced the write and another tick has changed the pulse since. */
  readonly pulse?: Basis['pulse']
  /** The write itself, when Redis became another one meanwhile: what it was decided from may be forgotten. */
  readonly act?: Act
}

/** What one decision was made from, before it is compared with what is kept already. */
export interface Grounds {
  readonly moment: Moment
  readonly seen: Seen | null
  readonly answer: { readonly came: ActAnswer; readonly decided: Decided } | null
  readonly because: Because
  readonly hold?: Hold | null
  readonly worked?: string | undefined
  readonly limitMs?: number | undefined
}

/** The basis to keep, and the fingerprint of the sight that it leaves as the last one kept. */
export function basisOf(m: Migration, grounds: Grounds): { readonly basis: Basis; readonly kept: string } {
  const { moment, seen, answer, because } = grounds
  const { v: _, kept: before = '', ...pulse } = moment.pulse
  const mark = seen === null ? before : fingerprint(JSON.stringify(seen))
  const basis: Basis = {
    dice: moment.dice,
    pulse,
    ...(moment.redisRun === m.redisRun ? {} : { redisRun: moment.redisRun }),
    ...(seen === null ? {} : { seen: mark === before ? 'as-before' : seen }),
    ...(answer === null ? {} : { answer: answer.came, decided: decidedOf(answer.decided, pulse) }),
    ...(grounds.hold ? { hold: grounds.hold } : {}),
    ...(grounds.worked === undefined ? {} : { worked: [grounds.worked] }),
    ...(grounds.limitMs === undefined ? {} : { limitMs: grounds.limitMs }),
    because,
  }
  return { basis, kept: mark }
}

/** A pulse that is the conclusion's own is kept once. */
function decidedOf({ pulse, ...decided }: Decided, own: Basis['pulse']): Decided {
  return pulse === undefined || JSON.stringify(pulse) === JSON.stringify(own)
    ? decided
    : { ...decided, pulse }
}

/** 53 bits of a text: tells two sights apart, keeps no secret. */
function fingerprint(text: string): string {
  const [low, high] = hashOf(text)
  return (4294967296 * (2097151 & high) + low).toString(36)
}
