import type { MigrationId } from '@snapferry/migration'
import {
  askCancel,
  askRetry,
  CALM,
  type Call,
  type Fate,
  GOOD,
  type Mishap,
  planFor,
  settleForeigners,
  type Weather,
  type Work,
  World,
} from '../src/index.ts'
import { type Journey, ROUTES, type Route } from './routes.ts'
import type { ProvenCell, Trouble } from './trouble.ts'
import { verdictOf } from './verdict.ts'

/** One call of a journey on which nothing goes wrong, and its place in it. */
export interface Spot extends Call {
  readonly at: number
}

/** What happens in one voyage; without a spot nothing goes wrong. */
export interface Script {
  readonly route: Route
  readonly journey: Journey
  readonly spot?: Spot
  readonly trouble?: Trouble
  /** Whether every such call of that phase meets the same for hours, or until somebody is told. */
  readonly isLasting?: boolean
  /** Whether somebody comes to what is parked. */
  readonly isAttended?: boolean
  /** What is told of a script without a call, and the cell it meets. */
  readonly name?: string
  readonly cell?: Omit<ProvenCell, 'outcome'>
  /** How work at the provider ends, beside being good. */
  readonly fate?: (work: Work) => Partial<Fate>
  /** What is to be otherwise in the world before anything happens. */
  readonly before?: (world: World) => void
  readonly isTold?: boolean
}

/** What a voyage came to. */
export interface Voyage {
  readonly calls: readonly Spot[]
  /** Whether its trouble, if it has one, happened: there may be nothing to take away. */
  readonly hasHappened: boolean
  /** How it ended, in a few words. */
  readonly outcome: string
  /** What is wrong with the end; none is good. */
  readonly wrong: readonly string[]
  readonly lines: readonly string[]
}

const LASTING_MS = 2 * 3_600_000
const COMES_MS = 10 * 60_000
const COMES_MAX = 4

/** Lives one migration from its acceptance to its ending, and looks at what there is then. */
export async function sail(script: Script): Promise<Voyage> {
  const { route, journey, isAttended = true, isTold = false } = script
  const log: Log = { calls: [], hasHappened: false }
  const world: World = new World({ seed: 7, weather: CALM, workers: 2, isTold })
  world.weather = weatherOf(script, log, () => world)
  script.before?.(world)
  settleForeigners(world)
  const plan = planFor(world, ROUTES[route])
  const foreigners = foreignersOf(world)
  const id = world.create(plan)
  if (id === null) throw new Error('the first migration was refused')
  let visits = 0
  world.onEvent((event, m) => {
    const isImporting = m.state === 'running' && m.phase === 'import'
    if (journey === 'cancelled' && isImporting && event.type === 'settled')
      world.after(1_500, () => askCancel(world, id))
    if (m.state !== 'needs_attention') return
    if (isAttended && visits++ < COMES_MAX) world.after(COMES_MS, () => askRetry(world, id))
  })
  await world.run()
  const { outcome, wrong } = await verdictOf(world, id, script)
  const isMet = script.spot === undefined || log.calls.length > script.spot.at
  const unmet = isMet ? [] : ['the call at which something was to go wrong was never made']
  const all = [...wrong, ...unmet, ...touchedOf(world, id, foreigners)]
  return { ...log, outcome, wrong: all, lines: world.story.lines }
}

/** What is kept of a voyage while it goes on. */
interface Log {
  readonly calls: Spot[]
  hasHappened: boolean
}

function weatherOf(script: Script, log: Log, world: () => World): Weather {
  const { calls } = log
  const { spot, trouble, isLasting = false, fate } = script
  let until: number | null = null
  const meets = (call: Call, at: number): boolean => {
    if (spot === undefined) return false
    if (at === spot.at) {
      if (call.call !== spot.call || call.phase !== spot.phase)
        throw new Error(`call ${at} is ${call.phase} ${call.call}: this world is not the one it was`)
      until = world().time.now + LASTING_MS
      return true
    }
    const isSuch = call.phase === spot.phase && call.step === spot.step && call.call === spot.call
    return isLasting && until !== null && isSuch && world().time.now < until
  }
  return {
    onCall: (call): Mishap | null => {
      const at = calls.length
      calls.push({ ...call, at })
      if (trouble === undefined || !meets(call, at)) return null
      if (trouble.meanwhile?.(world(), call) !== false) log.hasHappened = true
      return trouble.mishap ?? null
    },
    onWork: (work) => ({ ...GOOD, tookMs: 5_000, ...fate?.(work) }),
  }
}

/** Everything that is not ours, each as one text. */
function foreignersOf({ cloud }: World): ReadonlyMap<string, string> {
  const rows = [...cloud.rows.values()].filter(({ by }) => by === null).map((row) => [row.id, row] as const)
  const images = [...cloud.objects.values()].filter(({ isForeign }) => isForeign)
  const all = [...rows, ...images.map((one) => [one.key, one] as const), ...cloud.volumes.entries()]
  return new Map(all.map(([id, thing]) => [id, JSON.stringify(thing)]))
}

/** What of others is not as it was; a source that somebody else took away is no deed of ours. */
function touchedOf(world: World, id: MigrationId, before: ReadonlyMap<string, string>): string[] {
  const now = foreignersOf(world)
  const { source } = world.memory.rows.get(id)?.record.plan ?? {}
  const isTaken = world.witness.note(id).meddled.has('source')
  const taken = isTaken && source?.kind === 'snapshot' ? source.id : null
  return [...before]
    .filter(([one, was]) => one !== taken && now.get(one) !== was)
    .map(([one]) => `${one} of others is not as it was`)
}

/** The calls of a journey on which nothing goes wrong. */
export async function itineraryOf(route: Route, journey: Journey): Promise<readonly Spot[]> {
  const { calls, wrong } = await sail({ route, journey })
  if (wrong.length > 0) throw new Error(`${route}, ${journey}: ${wrong.join('; ')}`)
  return calls
}
