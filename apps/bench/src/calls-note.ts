import { type CallsOptions, type CallsRow, PEER_RUN_MAX } from './bench-calls.ts'
import { NETWORK_MS, RECORDED_RANGES } from './calls-model.ts'
import type { Machine } from './machine.ts'

/** What stands above the numbers: the machine, the day, what was run for real and what was not. */
export function callsNote(o: {
  readonly before: Machine
  readonly after: Machine
  readonly options: CallsOptions
  readonly rows: readonly CallsRow[]
}): string {
  const { before, after, options, rows } = o
  const settings = Object.entries(options.settings).map(([name, value]) => `${name}=${value}`)
  const real = rows.map(({ run }) => `${run.size}: ${Math.round(run.realMs / 1_000)} s`).join(', ')
  const lasted = rows.map(({ run }) => `${run.size}: ${Math.round(run.lastedMs / 1_000)} s`).join(', ')
  const time = options.jumps
    ? [
        'The clock runs as a real one while anything is under way; while all wait it is',
        'moved to what is due next, for the provider and for us together.',
      ]
    : ['The clock was never moved: minutes took minutes.']
  return [
    `Source: ${options.source}; fr-par-1 to fr-par-2; local and SBS in turn; ${options.workers} worker(s).`,
    'Really run: Redis, API and workers as processes, the emulated provider over',
    'HTTP.',
    ...(options.warm === 0 ? [] : [`Before each run ${options.warm} were carried that count for nothing.`]),
    ...time,
    `The provider's work lasts as recorded, spread evenly, in seconds:`,
    ...(['instance', 'block'] as const).map((api) => {
      const { take, export: out, import: back } = RECORDED_RANGES[api]
      const name = api === 'instance' ? 'local' : 'SBS'
      return `  ${name}: snapshot ${take.join('–')}, export ${out.join('–')}, import ${back.join('–')}`
    }),
    `Every call takes ${NETWORK_MS} ms besides, as on a network; POSTs are answered as late as`,
    'recorded.',
    `The peer does what a script of the provider's CLI does: POST, a GET at once and`,
    'then each 5 s until it is done, a HEAD of the image, POST, GETs. It checks,',
    `proves, marks and removes nothing. Up to ${PEER_RUN_MAX} at once it was really run, against a`,
    'provider with the same disks; its figures are reckoned from when each work of',
    'our run began and ended.',
    ...(options.rate === null ? [] : [`At most ${options.rate} calls of the provider a second.`]),
    ...(settings.length === 0 ? [] : [`Settings: ${settings.join(', ')}.`]),
    '',
    `${before.at.toISOString().slice(0, 16).replace('T', ' ')} UTC, ${before.cores} cores (${before.model}), Node ${before.node}.`,
    `Load of the machine: ${before.load.toFixed(1)} before, ${after.load.toFixed(1)} after.`,
    `Provider's time: ${lasted}.`,
    `Real time: ${real}.`,
  ].join('\n')
}
