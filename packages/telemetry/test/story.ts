import {
  apply,
  type Event,
  type EventBody,
  type Failure,
  firstRecord,
  type Migration,
  migrationIdOf,
  type Plan,
  type Region,
  zone,
} from '@snapferry/migration'
import { openTelemetry, type Telemetry, type TelemetryOptions } from '../src/index.ts'

export const AT = 1_700_000_000_000
export const FAILURE: Failure = {
  kind: 'import-error',
  text: 'The import failed.',
  words: 'bad data',
  requestId: 'r1',
  call: 'block ImportSnapshot',
}
export const PLAN: Plan = {
  profile: 'default',
  install: 'default',
  prefix: 'snapferry',
  source: { kind: 'snapshot', id: '11111111-1111-4111-8111-111111111111' },
  from: zone('fr-par-1'),
  to: zone('fr-par-2'),
  backend: 'block',
  sourceProject: 'p',
  copy: { name: 'db', tags: [], sizeBytes: null, project: 'p', type: 'sbs' },
  image: { bucket: 'b', region: 'fr-par' as Region, keep: { kind: 'never' } },
  takenSnapshot: { keep: false },
  labels: {},
}

/** A new migration; `seed` tells one from another. */
export function begun(seed = 0): Migration {
  const id = migrationIdOf(new Uint8Array(32).fill(seed))
  return firstRecord({ type: 'created', at: AT, id, plan: PLAN, redisRun: 'r', retryOf: null, by: 'x' })
}

export const completed = (phase: 'export' | 'inspect' | 'import' | 'verify'): EventBody => ({
  type: 'phase-completed',
  phase,
  facts: {},
  made: [],
  extras: [],
})
export const admitted: EventBody = { type: 'admitted', phase: 'export', plan: PLAN, facts: {}, claims: [] }
export const failedOnce: EventBody = {
  type: 'attempt-failed',
  failure: FAILURE,
  attempt: 1,
  attemptsMax: 3,
  // biome-ignore lint/suspicious/noThenProperty: the word of the core; nobody awaits an event.
  then: 'again',
  waitMs: 1_000,
  disown: [],
}

/** Lets events happen ten seconds apart, tells telemetry each, and answers the last record. */
export function tell(telemetry: Telemetry, m: Migration, ...bodies: readonly EventBody[]): Migration {
  return bodies.reduce((before, body, index) => {
    const event = { at: AT + (index + 1) * 10_000, ...body } as Event
    const after = apply(before, event)
    telemetry.eventRecorded(after, event)
    return after
  }, m)
}

/** Telemetry that writes into a list. */
export function listening(changed: Partial<TelemetryOptions> = {}) {
  const lines: string[] = []
  const telemetry = openTelemetry({
    service: 'worker',
    level: 'debug',
    build: { version: '1.2.3', revision: 'abc' },
    destination: { write: (line) => void lines.push(line) },
    ...changed,
  })
  return { telemetry, lines, parsed: () => lines.map((line) => JSON.parse(line)) }
}

/** One sample of an exposition. */
export interface Sample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/** Reads the text format of Prometheus 0.0.4; throws on a line that is none. */
export function samplesOf(text: string): readonly Sample[] {
  return text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const [, name, labels, value] = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/.exec(line) ?? []
      // A gauge without observations is NaN, which prom-client spells Nan.
      if (name === undefined || (Number.isNaN(Number(value)) && value !== 'Nan'))
        throw new Error(`not a sample: ${line}`)
      const pairs = [...(labels ?? '').matchAll(/([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"/g)]
      return {
        name,
        labels: Object.fromEntries(pairs.map(([, key, text]) => [key!, text!])),
        value: Number(value),
      }
    })
}

/** The value of one sample, or undefined. */
export async function sampleOf(telemetry: Telemetry, name: string, labels: Record<string, string> = {}) {
  const samples = samplesOf(await telemetry.registry.metrics())
  return samples.find(
    (sample) =>
      sample.name === name && Object.entries(labels).every(([key, value]) => sample.labels[key] === value),
  )?.value
}
