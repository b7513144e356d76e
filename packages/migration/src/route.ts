/**
 * The route of one migration, in travelling order. Each row is one line of the runbook: when it is taken, what starts
 * it, what proves it done, what undoes it, and for how long the provider may stay silent before a person is asked.
 * Limits count waited time only: floor + perGigabyte × size, at most cap (minutes).
 */
// biome-ignore format: one row is one line of the runbook
export const ROUTE = [
  { phase: 'snapshot', takenWhen: 'source-is-volume',   act: 'take-snapshot', until: 'the snapshot is available',                undo: 'delete-snapshot', attemptsMax: 3, limit: { floorMinutes: 60, perGigabyteMinutes: 0.5, capMinutes: 600 } },
  { phase: 'export',   takenWhen: 'source-is-no-image', act: 'start-export',  until: 'the image is complete in the bucket',      undo: 'delete-image',    attemptsMax: 3, limit: { floorMinutes: 60, perGigabyteMinutes: 1,   capMinutes: 1200 } },
  { phase: 'inspect',  takenWhen: 'always',             act: null,            until: 'header and tables of the image are sane',  undo: null,              attemptsMax: 1, limit: { floorMinutes: 30, perGigabyteMinutes: 0,   capMinutes: 30 } },
  { phase: 'import',   takenWhen: 'always',             act: 'start-import',  until: 'the copy is available',                    undo: 'delete-copy',     attemptsMax: 3, limit: { floorMinutes: 60, perGigabyteMinutes: 1,   capMinutes: 1200 } },
  { phase: 'verify',   takenWhen: 'always',             act: null,            until: 'the copy agrees with the plan',            undo: null,              attemptsMax: 1, limit: { floorMinutes: 30, perGigabyteMinutes: 0,   capMinutes: 30 } },
  { phase: 'tidy',     takenWhen: 'always',             act: 'mark-copy',     until: 'all we made is kept, removed or listed',   undo: null,              attemptsMax: 8, limit: { floorMinutes: 60, perGigabyteMinutes: 0,   capMinutes: 60 } },
] as const

/** One row of the route. */
export type Leg = (typeof ROUTE)[number]
/** The name of a row. */
export type Phase = Leg['phase']

/** All phases in travelling order. */
export const PHASES: readonly Phase[] = ROUTE.map((leg) => leg.phase)

/** The row of a phase. */
export function legOf(phase: Phase): Leg {
  const leg = ROUTE.find((row) => row.phase === phase)
  if (leg === undefined) throw new Error(`no such phase: ${phase}`)
  return leg
}

/** Whether a source of this kind travels through a phase. */
export function isTaken(phase: Phase, source: 'snapshot' | 'volume' | 'image'): boolean {
  switch (legOf(phase).takenWhen) {
    case 'always':
      return true
    case 'source-is-volume':
      return source === 'volume'
    case 'source-is-no-image':
      return source !== 'image'
  }
}

/** The first phase a source of this kind travels through. */
export function firstPhase(source: 'snapshot' | 'volume' | 'image'): Phase {
  return PHASES.find((phase) => isTaken(phase, source)) ?? 'inspect'
}

/** The phase after this one for a source of this kind, or null after the last. */
export function phaseAfter(phase: Phase, source: 'snapshot' | 'volume' | 'image'): Phase | null {
  return PHASES.slice(PHASES.indexOf(phase) + 1).find((next) => isTaken(next, source)) ?? null
}

/** How long a phase may wait for the provider before it is `stalled`, milliseconds of waited time. */
export function limitMs(phase: Phase, sizeBytes: number): number {
  const { floorMinutes, perGigabyteMinutes, capMinutes } = legOf(phase).limit
  return Math.min(capMinutes, floorMinutes + perGigabyteMinutes * (sizeBytes / 1e9)) * 60_000
}
