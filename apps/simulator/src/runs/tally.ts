import { STATES, type State } from '@snapferry/migration'
import type { Incident } from '../story/incident.ts'
import type { World } from '../world.ts'

/** How often something went wrong at one place, in stories: at all, and so that it mattered. */
export interface Met {
  happened: number
  mattered: number
}

/** A story that broke a promise. */
export interface Broken {
  readonly seed: number
  readonly what: readonly string[]
}

/** What many runs came to. It can be sent between threads, and sums do not depend on the order of the runs. */
export interface Tally {
  runs: number
  migrations: number
  /** Runs of jobs, over all migrations. */
  ticks: number
  /**
   * Things that no ended migration lists, left to a sweep that is not built yet: made in a time Redis forgot; shown only
   * after the last look for them; of migrations that ended without one.
   */
  forgotten: number
  late: number
  unlooked: number
  /** Migrations by the state in which they stood at the end; `forgotten` by a Redis that was rewound. */
  readonly endings: Record<State | 'forgotten', number>
  /** By `phase | fault | point`. */
  readonly cells: Map<string, Met>
  /** Stories in which at least three faults happened, and mattered. */
  threeHappened: number
  threeMattered: number
  /** Equal for equal stories of equal seeds, whoever ran them. */
  hash: number
  /** Stories that broke a promise: how many, and the first of them. */
  brokenRuns: number
  readonly broken: Broken[]
}

/** The most broken stories that are kept. */
const BROKEN_MAX = 50

const COUNTS = [
  ...(['runs', 'migrations', 'ticks', 'forgotten', 'late', 'unlooked'] as const),
  ...(['threeHappened', 'threeMattered', 'brokenRuns'] as const),
] as const

/** Nothing yet. */
export function noTally(): Tally {
  const endings = Object.fromEntries([...STATES, 'forgotten'].map((state) => [state, 0])) as Tally['endings']
  const counts = {
    runs: 0,
    migrations: 0,
    ticks: 0,
    forgotten: 0,
    late: 0,
    unlooked: 0,
    threeHappened: 0,
    threeMattered: 0,
    brokenRuns: 0,
    hash: 0,
  }
  return { ...counts, endings, cells: new Map(), broken: [] }
}

/** What follows from others, or is no fault: it is counted in its cell, but does not make a story a faulty one. */
const NO_FAULT = new Set(['overtaken by another append', 'held back by the send guard', 'retry'])

/** The cell of an incident. */
export function cellOf({ phase, fault, point }: Incident): string {
  return `${phase} | ${fault} | ${point}`
}

/** Adds the story of a world that has ended. */
export function addRun(tally: Tally, seed: number, { story, notes, memory, witness }: World): void {
  tally.runs++
  tally.forgotten += witness.unlisted.forgotten.size
  tally.late += witness.unlisted.late.size
  tally.unlooked += witness.unlisted.unlooked.size
  tally.hash = (tally.hash + Math.imul(Number.parseInt(story.hash, 16), seed * 2 + 1)) >>> 0
  for (const note of notes.values()) {
    tally.migrations++
    tally.ticks += note.ticks
    tally.endings[memory.rows.get(note.id)?.record.state ?? 'forgotten']++
  }
  const faults = story.incidents.filter(({ fault }) => !NO_FAULT.has(fault))
  if (faults.length >= 3) tally.threeHappened++
  if (faults.filter(({ mattered }) => mattered).length >= 3) tally.threeMattered++
  addCells(tally, story.incidents)
  if (story.broken.length === 0) return
  tally.brokenRuns++
  if (tally.broken.length < BROKEN_MAX) tally.broken.push({ seed, what: [...story.broken] })
}

/** A story counts once in a cell, however often it was there. */
function addCells({ cells }: Tally, incidents: readonly Incident[]): void {
  const inStory = new Map<string, boolean>()
  for (const incident of incidents) {
    const cell = cellOf(incident)
    inStory.set(cell, incident.mattered || (inStory.get(cell) ?? false))
  }
  for (const [cell, mattered] of inStory) {
    const met = cells.get(cell) ?? { happened: 0, mattered: 0 }
    met.happened++
    if (mattered) met.mattered++
    cells.set(cell, met)
  }
}

/** Adds what others counted. */
export function addTally(sum: Tally, more: Tally): void {
  for (const name of COUNTS) sum[name] += more[name]
  sum.hash = (sum.hash + more.hash) >>> 0
  for (const state of Object.keys(sum.endings) as (keyof Tally['endings'])[])
    sum.endings[state] += more.endings[state]
  for (const [cell, { happened, mattered }] of more.cells) {
    const met = sum.cells.get(cell) ?? { happened: 0, mattered: 0 }
    sum.cells.set(cell, { happened: met.happened + happened, mattered: met.mattered + mattered })
  }
  sum.broken.push(...more.broken)
  sum.broken.sort((a, b) => a.seed - b.seed).splice(BROKEN_MAX)
}
