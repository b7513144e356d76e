import { type Event, type MigrationId, type Phase, phaseAfter } from '@snapferry/migration'

/** All events of one migration, oldest first. */
export type History = (id: MigrationId) => Promise<readonly Event[]>

/** When the phase under way was entered. */
interface Entered {
  readonly phase: Phase
  readonly at: number
}
type SourceKind = 'snapshot' | 'volume' | 'image'

/** Starts that are remembered: above this the oldest is forgotten and read from the history when needed. */
const REMEMBERED_MAX = 10_000

/** Where a migration stands on its route after one more event, and since when. */
export function entered(before: Entered | null, event: Event, source: SourceKind): Entered | null {
  switch (event.type) {
    case 'admitted':
      return before ?? { phase: event.phase, at: event.at }
    case 'phase-completed': {
      const next = phaseAfter(event.phase, source)
      return next === null ? null : { phase: next, at: event.at }
    }
    case 'proof-lost':
      return { phase: event.phase, at: event.at }
    case 'retry-requested':
      // Time spent parked waits for a person, not for the provider.
      return before === null ? null : { ...before, at: event.at }
    default:
      return before
  }
}

/**
 * Knows since when a migration is in its phase. Ticks of one migration wander between workers, so what this process
 * has not seen itself is read from the history.
 */
export function openPhaseClock(history: History | null) {
  const starts = new Map<MigrationId, Entered>()
  return {
    /** Takes note of an event. */
    note(id: MigrationId, event: Event, source: SourceKind): void {
      const next = entered(starts.get(id) ?? null, event, source)
      starts.delete(id)
      if (next === null) return
      starts.set(id, next)
      const oldest = starts.size > REMEMBERED_MAX ? starts.keys().next().value : undefined
      if (oldest !== undefined) starts.delete(oldest)
    },
    /** Forgets a migration that has ended. */
    forget: (id: MigrationId): void => void starts.delete(id),
    /** Milliseconds a phase took until it was completed at `at`, or null when nobody knows. Ask before `note`. */
    async took(id: MigrationId, phase: Phase, at: number, source: SourceKind): Promise<number | null> {
      const known = starts.get(id)
      if (known?.phase === phase) return at - known.at
      if (history === null) return null
      const before = (await history(id)).filter((event) => event.at <= at && !isCompletion(event, phase, at))
      const start = before.reduce<Entered | null>((last, event) => entered(last, event, source), null)
      return start?.phase === phase ? at - start.at : null
    },
  }
}

function isCompletion(event: Event, phase: Phase, at: number): boolean {
  return event.type === 'phase-completed' && event.phase === phase && event.at === at
}
