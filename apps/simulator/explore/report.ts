import type { Explored } from './explore-scene.ts'

const COLUMNS = [
  'backend',
  'source',
  'states',
  'transitions',
  'depth',
  'whole to',
  'at the bound',
  'not judged',
  'traps',
  'broken',
  'seconds',
]

/** The heading of the table. */
export function heading(): string {
  return lineOf(COLUMNS)
}

/** One line of the table. */
export function rowText(explored: Explored): string {
  const { backend, source, states, transitions, depth, mishaps, isWhole, open, unjudged, traps, breaches } =
    explored
  const whole = isWhole ? 'the end' : mishaps < 0 ? 'nothing' : `${mishaps} mishaps`
  const numbers = [states, transitions, depth].map(grouped)
  const ends = [open, unjudged, traps, breaches.length].map(grouped)
  return lineOf([backend, source, ...numbers, whole, ...ends, (explored.tookMs / 1_000).toFixed(1)])
}

/** All lines together. */
export function sumText(all: readonly Explored[], tookMs: number): string {
  const sum = (of: (one: Explored) => number): string =>
    grouped(all.reduce((total, one) => total + of(one), 0))
  const least = Math.min(...all.map(({ mishaps, isWhole }) => (isWhole ? Number.POSITIVE_INFINITY : mishaps)))
  const bound =
    least === Number.POSITIVE_INFINITY
      ? 'Every story was followed to its end.'
      : `Bound: every story with up to ${least} mishaps was followed to its end.`
  return [
    `In all ${sum(({ states }) => states)} states and ${sum(({ transitions }) => transitions)} transitions in ${(tookMs / 1_000).toFixed(1)} s.`,
    bound,
    `Expanded: ${sum(({ states, open }) => states - open)} states. At the bound, not expanded: ${sum(({ open }) => open)}. ${sum(({ unjudged }) => unjudged)} states lead only there and are not judged.`,
    `Traps: ${sum(({ traps }) => traps)}. Promises broken: ${sum(({ breaches }) => breaches.length)}.`,
  ].join('\n')
}

/** The stories of everything that must not be. */
export function storiesOf({ backend, source, breaches, trapStory }: Explored): readonly string[] {
  const told = breaches.map(({ breach, times, story }) =>
    [`\n${backend}, ${source}: ${breach} (${grouped(times)} times). The shortest way there:`, ...story].join(
      '\n',
    ),
  )
  const trap = [`\n${backend}, ${source}: from here no ending can be reached:`, ...trapStory].join('\n')
  return trapStory.length === 0 ? told : [...told, trap]
}

/** Whether nothing was found that must not be. */
export function isGood(all: readonly Explored[]): boolean {
  return all.every(({ breaches, traps }) => breaches.length === 0 && traps === 0)
}

function grouped(number: number): string {
  return number.toLocaleString('en-US')
}

function lineOf(cells: readonly string[]): string {
  return cells.map((cell, at) => (at < 2 ? cell.padEnd(9) : cell.padStart(12))).join(' ')
}
