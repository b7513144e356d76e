import { type Advice, adviceFor, type Failure } from './failure.ts'
import type { Change } from './journal.ts'
import type { Parked } from './migration.ts'
import type { Policy } from './policy.ts'

/** Something that can be asked for while a migration is parked. `wait`: nothing is asked for, and it decides by itself. */
export interface Remedy {
  readonly action: 'retry' | 'cancel' | 'wait'
  /** What it does, one sentence. */
  readonly text: string
}

/** What a parked migration waits for. */
export interface Attention {
  /** Milliseconds since 1970. */
  readonly since: number
  readonly failure: Failure
  /** Who can do something about it. */
  readonly tell: Advice['tell']
  /** What to do before one of the remedies is asked for. */
  readonly fix: string
  /** The likeliest first; never empty. */
  readonly remedies: readonly Remedy[]
  /** When nobody is waited for any longer: it goes on as the remedy `wait` says. */
  readonly decidesAt: number
}

/** What a parked migration waits for, and what can be done. */
export function attentionOf(m: Parked, { attentionLimitMs }: Pick<Policy, 'attentionLimitMs'>): Attention {
  const { tell, fix } = adviceFor(m.failure.kind)
  const decidesAt = m.parkedAt + attentionLimitMs
  return { since: m.parkedAt, failure: m.failure, tell, fix, remedies: remediesOf(m), decidesAt }
}

/** How long a parked migration sleeps: until the next whole day since it was parked, or until it decides by itself. */
export function parkedSleepMs(
  m: Parked,
  { attentionLimitMs, reminderMs }: Pick<Policy, 'attentionLimitMs' | 'reminderMs'>,
  now: number,
): number {
  const parkedMs = Math.max(0, now - m.parkedAt)
  return Math.min(reminderMs - (parkedMs % reminderMs), Math.max(0, attentionLimitMs - parkedMs))
}

/** When a parked migration that wakes at `wakeAt` is reminded of next; null when it decides by itself before that. */
export function nextReminderAt(
  { parkedAt }: Parked,
  { attentionLimitMs, reminderMs }: Pick<Policy, 'attentionLimitMs' | 'reminderMs'>,
  wakeAt: number,
): number | null {
  const afterMs = Math.max(1, Math.ceil((wakeAt - parkedAt) / reminderMs)) * reminderMs
  return afterMs < attentionLimitMs ? parkedAt + afterMs : null
}

/**
 * Whether a tick of a parked migration is to say once more that it waits: the first one after each whole day. What wakes
 * it in between says nothing.
 */
export function isReminder(
  { before, after, events, pulse }: Pick<Change, 'before' | 'after' | 'events' | 'pulse'>,
  { reminderMs }: Pick<Policy, 'reminderMs'>,
): boolean {
  if (after.state !== 'needs_attention' || events.length > 0) return false
  if (pulse.why?.code !== 'needs-attention') return false
  const { parkedAt } = after
  const lookedAt = Math.max(parkedAt, before.pulse.wakeAt - before.pulse.plannedMs)
  return daysSince(parkedAt, before.now, reminderMs) > daysSince(parkedAt, lookedAt, reminderMs)
}

function daysSince(from: number, to: number, dayMs: number): number {
  return Math.floor((to - from) / dayMs)
}

function remediesOf(m: Parked): readonly Remedy[] {
  switch (m.parkedFrom) {
    case 'queued':
      return [
        { action: 'retry', text: 'Checks it once more, and begins.' },
        { action: 'cancel', text: 'Ends it as cancelled; nothing was made.' },
        { action: 'wait', text: 'It ends as failed; nothing was made.' },
      ]
    case 'running':
      return [
        { action: 'retry', text: 'Goes on from the earliest phase whose proof no longer holds.' },
        { action: 'cancel', text: 'Undoes what was made, and ends it as cancelled.' },
        { action: 'wait', text: 'What was made is undone, and it ends as failed.' },
      ]
    case 'proven':
      return [
        { action: 'retry', text: 'Tidies up once more; the copy is proven good and stays.' },
        { action: 'wait', text: 'It ends as succeeded; what could not be removed is listed in leftovers.' },
      ]
    case 'unwinding':
      return [
        { action: 'retry', text: 'Goes on undoing what was made.' },
        {
          action: 'wait',
          text: `It ends as ${endingWord(m)}; what could not be removed is listed in leftovers.`,
        },
      ]
  }
}

function endingWord({ cause }: Parked): string {
  return cause?.ending ?? 'failed'
}
