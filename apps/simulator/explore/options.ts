import { parseArgs } from 'node:util'
import type { Backend } from '@snapferry/migration'
import type { Bound } from './search/search.ts'
import { type Budget, COUNT_MAX, FULL_BUDGET, MISHAPS, type Mishap } from './world/mishaps.ts'
import { SCENES, type SourceKind } from './world/scene.ts'

/** What `pnpm explore` was asked for. */
export interface Options {
  readonly scenes: readonly { readonly backend: Backend; readonly source: SourceKind }[]
  readonly budget: Budget
  readonly bound: Bound
  readonly isCrowded: boolean
  /** How many threads explore side by side. */
  readonly jobs: number
  readonly isJson: boolean
}

/** The bound that fits the time of CI: every story with up to this many mishaps. */
const MISHAPS_MAX = 2
const LASTS_SECONDS = 80
const DEPTH_MAX = 1_000_000
const STATES_MAX = 60_000_000

/** How each mishap is called on the command line. */
const FLAGS: Readonly<Record<Mishap, string>> = {
  crash: 'crashes',
  freeze: 'freezes',
  lost: 'lost',
  refused: 'refused',
  cancel: 'cancels',
  late: 'late',
  bad: 'bad',
  stuck: 'stuck',
  retry: 'retries',
}

/** What the program says when it is asked how it is used. */
export const USAGE = `Visits every state that one migration with two workers can reach, and checks the promises in each.

  pnpm explore                    every story with up to ${MISHAPS_MAX} mishaps, for ${LASTS_SECONDS} s at most
  pnpm explore --full             every story within the budget below, however long it takes

  --mishaps n     the most mishaps in one story (default ${MISHAPS_MAX})
  --depth n       the most moves after the last mishap
  --budget min    for how many minutes it goes on at most (with --full: no end)
  --states n      the most states of one backend and source (default ${STATES_MAX})
  --only b/s      one backend and source, such as block/volume
  --crowded       both workers may tick at any time, not only when the first has lost its lock
  --jobs n        how many threads (default: as many as there are cores)
  --json          the numbers as JSON

What may happen in one story, and how often (0 to ${COUNT_MAX}):
${MISHAPS.map((mishap) => `  --${FLAGS[mishap].padEnd(13)} ${FULL_BUDGET[mishap]}`).join('\n')}
`

/** Reads the command line; a text instead says what is wrong with it, or how it is used. */
export function optionsOf(args: readonly string[], cores: number): Options | string {
  const mishapFlags = Object.values(FLAGS).map((flag) => [flag, { type: 'string' }] as const)
  const texts = ['mishaps', 'depth', 'budget', 'states', 'only', 'jobs'].map(
    (flag) => [flag, { type: 'string' }] as const,
  )
  const switches = ['full', 'crowded', 'json', 'help'].map((flag) => [flag, { type: 'boolean' }] as const)
  try {
    const options = Object.fromEntries([...mishapFlags, ...texts, ...switches])
    const { values }: { readonly values: Values } = parseArgs({ args: [...args], options })
    return values['help'] === true ? USAGE : readOptions(values, cores)
  } catch (cause) {
    return `${cause instanceof Error ? cause.message : cause}\n\n${USAGE}`
  }
}

type Values = Readonly<Record<string, string | boolean | (string | boolean)[] | undefined>>

function readOptions(values: Values, cores: number): Options {
  const isFull = values['full'] === true
  const budget: Record<Mishap, number> = { ...FULL_BUDGET }
  for (const mishap of MISHAPS) budget[mishap] = count(values, FLAGS[mishap], FULL_BUDGET[mishap], COUNT_MAX)
  const inAll = MISHAPS.reduce((sum, mishap) => sum + budget[mishap], 0)
  const minutes = values['budget']
  const lastsSeconds =
    minutes === undefined
      ? isFull
        ? Number.POSITIVE_INFINITY
        : LASTS_SECONDS
      : 60 * positive('budget', minutes)
  return {
    scenes: scenesOf(values['only']),
    budget,
    bound: {
      mishapsMax: count(values, 'mishaps', isFull || minutes !== undefined ? inAll : MISHAPS_MAX, inAll),
      depthMax: count(values, 'depth', DEPTH_MAX, DEPTH_MAX),
      statesMax: count(values, 'states', STATES_MAX, STATES_MAX),
      lastsMs: lastsSeconds * 1_000,
    },
    isCrowded: values['crowded'] === true,
    jobs: Math.max(1, count(values, 'jobs', cores, 64)),
    isJson: values['json'] === true,
  }
}

function count(values: Values, flag: string, missing: number, most: number): number {
  const text = values[flag]
  if (text === undefined) return missing
  const number = Number(text)
  if (!Number.isInteger(number) || number < 0 || number > most)
    throw new Error(`--${flag} takes a whole number from 0 to ${most}, not ${JSON.stringify(text)}`)
  return number
}

function positive(flag: string, text: unknown): number {
  const number = Number(text)
  if (!(number > 0)) throw new Error(`--${flag} takes a number above 0, not ${JSON.stringify(text)}`)
  return number
}

function scenesOf(only: unknown): Options['scenes'] {
  if (only === undefined) return SCENES
  const found = SCENES.filter(({ backend, source }) => `${backend}/${source}` === only)
  if (found.length > 0) return found
  const names = SCENES.map(({ backend, source }) => `${backend}/${source}`).join(', ')
  throw new Error(`--only takes one of ${names}, not ${JSON.stringify(only)}`)
}
