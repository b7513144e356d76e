import type { Tally } from './tally.ts'

/** How often a broken story is printed before the rest is only counted. */
const BROKEN_SHOWN = 10

/** What many runs came to, for people. `seconds`: how long they took. */
export function reportOf(tally: Tally, seconds: number): string {
  const { runs, migrations, ticks, endings } = tally
  const share = (count: number): string => `${((100 * count) / Math.max(1, runs)).toFixed(1)} %`
  const states = Object.entries(endings).filter(([, count]) => count > 0)
  return [
    ...tableOf(tally),
    '',
    `${runs} runs, ${migrations} migrations, ${ticks} ticks of jobs in ${seconds.toFixed(1)} s: ${(runs / seconds).toFixed(0)} runs/s`,
    `stories with three or more faults: ${share(tally.threeHappened)}; with three or more that mattered: ${share(tally.threeMattered)}`,
    `endings: ${states.map(([state, count]) => `${state} ${count}`).join(', ')}`,
    `unlisted, left to a sweep that is not built yet: ${tally.forgotten} made in a time Redis forgot, ${tally.late} shown only after the last look, ${tally.unlooked} of migrations parked until the limit`,
    `all stories: ${tally.hash.toString(16).padStart(8, '0')}`,
    tally.brokenRuns === 0 ? 'broken promises: 0' : '',
  ].join('\n')
}

/** The coverage: one line per phase, fault and point, with the stories in which it happened and mattered. */
function tableOf({ cells }: Tally): string[] {
  const rows = [...cells].map(([cell, { happened, mattered }]) => [
    ...cell.split(' | '),
    String(happened),
    String(mattered),
  ])
  const head = ['phase', 'fault', 'point', 'happened', 'mattered']
  const widths = head.map((title, at) => Math.max(title.length, ...rows.map((row) => row[at]?.length ?? 0)))
  const line = (row: readonly string[]): string =>
    row.map((text, at) => (at < 3 ? text.padEnd(widths[at] ?? 0) : text.padStart(widths[at] ?? 0))).join('  ')
  return [line(head), ...rows.map(line).toSorted()]
}

/** The broken stories, each with the command that tells it again. */
export function brokenText({ broken, brokenRuns }: Tally): string {
  const shown = broken.slice(0, BROKEN_SHOWN).map(({ seed, what }) => {
    const promises = what.slice(0, 5).map((text) => `  ${text}`)
    return [`seed ${seed}:`, ...promises, `  pnpm simulate --seed ${seed} --runs 1 --story`].join('\n')
  })
  const more = brokenRuns - shown.length
  return [...shown, ...(more > 0 ? [`and ${more} more`] : [])].join('\n')
}
