import { PHASES } from '@snapferry/migration'
import type { Journey, Route } from './routes.ts'
import type { ProvenCell, Trouble } from './trouble.ts'
import { itineraryOf, type Script, type Spot, sail, type Voyage } from './voyage.ts'

/** What a law came to on one route. */
export interface Held {
  /** How many voyages were made. */
  readonly voyages: number
  readonly cells: readonly ProvenCell[]
  /** The first voyages that broke it: which, how, and their stories. */
  readonly broken: readonly string[]
}

const BROKEN_MAX = 3

/** Makes voyages one after the other, until some broke the law; collects what was met where and how that ended. */
export async function hold(scripts: Iterable<Script>): Promise<Held> {
  const broken: string[] = []
  const met = new Map<string, { cell: Omit<ProvenCell, 'outcome'>; outcomes: Set<string> }>()
  let voyages = 0
  for (const script of scripts) {
    voyages++
    const voyage = await sail(script)
    if (voyage.wrong.length > 0) broken.push(await storyOf(script, voyage))
    if (broken.length >= BROKEN_MAX) break
    const isIdle = script.trouble !== undefined && !voyage.hasHappened
    const cell = isIdle ? null : cellOf(script)
    if (cell === null || voyage.outcome === 'forgotten') continue
    const key = `${cell.step} ${cell.fault}`
    const known = met.get(key) ?? { cell, outcomes: new Set() }
    met.set(key, known)
    known.outcomes.add(voyage.outcome)
  }
  const cells = [...met.values()].flatMap(({ cell, outcomes }) =>
    [...outcomes].toSorted().map((outcome) => ({ ...cell, outcome })),
  )
  return { voyages, cells, broken }
}

/** The cell that a script meets, where its call is of a step of the matrix. */
function cellOf({ spot, trouble, cell }: Script): Omit<ProvenCell, 'outcome'> | null {
  if (spot === undefined || trouble === undefined) return cell ?? null
  const fault = trouble.fault(spot)
  const step = stepOf(spot)
  return fault === null || step === null ? null : { step, fault }
}

function stepOf({ phase }: Spot): ProvenCell['step'] | null {
  if (phase === 'unwind') return phase
  return (PHASES as readonly string[]).includes(phase) ? (phase as ProvenCell['step']) : null
}

/** A broken voyage as a person reads it, with its whole story. */
async function storyOf(script: Script, { wrong, outcome }: Voyage): Promise<string> {
  const { route, journey, spot, trouble, name, isLasting = false, isAttended = true } = script
  const where = spot === undefined ? '' : `, call ${spot.at} (${spot.phase} ${spot.step} ${spot.call})`
  const told = trouble?.name ?? name
  const what = told === undefined ? '' : `: ${told}${isLasting ? ', for hours' : ''}`
  const { lines } = await sail({ ...script, isTold: true })
  const alone = isAttended ? '' : ', nobody comes'
  return [`${route}, ${journey}${where}${what}${alone} → ${outcome}`, ...wrong, '', ...lines].join('\n')
}

/** The calls at which something is to go wrong: on the way back only those of the way back. */
export async function spotsOf(route: Route, journey: Journey): Promise<readonly Spot[]> {
  const calls = await itineraryOf(route, journey)
  return journey === 'forward' ? calls : calls.filter(({ phase }) => phase === 'unwind')
}

/** Every trouble at every call it can happen at. */
export function* everywhere(
  of: { readonly route: Route; readonly journey: Journey },
  spots: readonly Spot[],
  troubles: readonly Trouble[],
): Generator<Script> {
  for (const spot of spots)
    for (const trouble of troubles) if (trouble.steps.includes(spot.step)) yield { ...of, spot, trouble }
}

/** Of calls that are repeated, such as polls, the first two and the last in each phase. */
export function distinct(spots: readonly Spot[]): readonly Spot[] {
  const groups = Map.groupBy(spots, ({ phase, step, call }) => `${phase} ${step} ${call}`)
  return [...groups.values()].flatMap((group) => [...new Set([...group.slice(0, 2), ...group.slice(-1)])])
}

/** The first of such calls in each phase. */
export function firsts(spots: readonly Spot[]): readonly Spot[] {
  const groups = Map.groupBy(spots, ({ phase, step, call }) => `${phase} ${step} ${call}`)
  return [...groups.values()].flatMap((group) => group.slice(0, 1))
}
