import type { Fault, Switches, WantedFault } from '@snapferry/emulator'
import { between, type Dice } from './dice.ts'

/** The provider's words of a storm: faults on calls, how long its work takes, how late its lists are. */
export interface Weather {
  readonly faults: readonly WantedFault[]
  readonly listLagMs: Switches['listLagMs']
}

/** Every call, by chance: 7.3 % of 429, 5xx and silence, and some lines cut. */
const CALLS: readonly (readonly [Fault['kind'], number])[] = [
  ['empty-429', 0.025],
  ['json-503', 0.018],
  ['html-502', 0.012],
  ['internal-500', 0.01],
  ['timeout', 0.008],
  ['reset', 0.005],
]

/** Creates that are done while the answer hides it: one in so many, counted, because there are few of them. */
const HIDDEN: readonly (readonly [Fault['kind'], number])[] = [
  ['act-then-timeout', 40],
  ['act-then-lose-answer', 37],
  ['act-then-502', 53],
  ['act-then-unreadable-200', 61],
]

/** What accepted work comes to: one in so many. */
const OUTCOMES: readonly (readonly [string, Fault, number])[] = [
  ['ExportSnapshot', { kind: 'export-leaves-placeholder' }, 23],
  ['ExportSnapshot', { kind: 'export-leaves-nothing' }, 79],
  ['ExportSnapshot', { kind: 'export-truncated', bytes: 100_000 }, 67],
  ['ImportSnapshot', { kind: 'import-ends-in', state: 'error' }, 59],
]

const CREATES = ['ExportSnapshot', 'ImportSnapshot', 'CreateSnapshot'] as const
/** Fewer calls have more luck: their share is raised, so that it stays above what is asked. */
const DENSER_CALLS = 1.4
/** Within the 30 s that the policy expects. */
const LIST_LAG_MS = { from: 4_000, to: 12_000 } as const

/**
 * The storm of a seed. `denser` divides the counted distances: a short run has too few creates for one in forty. The
 * oldest rule that fires wins, so the rare ones stand first.
 */
export function stormOf(dice: Dice, denser: number): Weather {
  const counted = (operation: string, fault: Fault, distance: number): WantedFault[] => {
    const every = Math.max(3, Math.round(distance / denser))
    const rule = { match: { operation }, fault }
    return [
      // The first one comes early: few creates are made before everything is killed for the first time.
      { ...rule, times: 1, after: between(dice, 0, every >> 1) },
      { ...rule, times: 'forever', every },
    ]
  }
  const more = denser > 1 ? DENSER_CALLS : 1
  return {
    faults: [
      ...CREATES.flatMap((operation) =>
        HIDDEN.flatMap(([kind, distance]) => counted(operation, plain(kind), distance)),
      ),
      ...OUTCOMES.flatMap(([operation, fault, distance]) => counted(operation, fault, distance)),
      ...CALLS.map(
        ([kind, probability]): WantedFault => ({
          fault: plain(kind),
          times: 'forever',
          probability: probability * more,
        }),
      ),
    ],
    listLagMs: between(dice, LIST_LAG_MS.from, LIST_LAG_MS.to),
  }
}

/** The kinds of the tables above have no fields of their own. */
function plain(kind: Fault['kind']): Fault {
  return { kind } as Fault
}

/** Whether a fault leaves the caller waiting for its whole patience, in real time. */
export function isSilent({ fault }: WantedFault): boolean {
  return fault.kind === 'timeout' || fault.kind === 'act-then-timeout'
}

/** How long the provider works in a run, emulated milliseconds: short, so that hundreds fit, and never nothing. */
const WORK = {
  snapshot: { baseMs: 1_200, perGigabyteMs: 0 },
  export: { baseMs: 2_500, perGigabyteMs: 0 },
  import: { baseMs: 2_500, perGigabyteMs: 0 },
  answerExportMs: 60,
  answerImportMs: 60,
} as const
/** The same for both APIs. */
export const DURATIONS = { instance: WORK, block: WORK } as const
