import type { CallsOptions, CallsRow } from './bench-calls.ts'
import { KINDS, STAGES } from './calls-kinds.ts'
import type { Machine } from './machine.ts'

/** The numbers as data: counts by kind and phase, every lateness in milliseconds, and the peer's. */
export function callsJson(o: {
  readonly before: Machine
  readonly after: Machine
  readonly options: CallsOptions
  readonly rows: readonly CallsRow[]
}): object {
  const { before, after, options } = o
  return {
    machine: { ...before, at: before.at.toISOString(), loadAfter: after.load },
    options,
    sizes: o.rows.map(({ run, calls, lateness, peer }) => ({
      size: run.size,
      calls: run.calls.length,
      byKind: tally(
        KINDS,
        calls.map(({ kind }) => kind),
      ),
      byStage: tally(
        STAGES,
        calls.map(({ stage }) => stage),
      ),
      providerMs: run.lastedMs,
      realMs: Math.round(run.realMs),
      lateness,
      peer,
    })),
  }
}

function tally<Name extends string>(names: readonly Name[], found: readonly Name[]): Record<string, number> {
  return Object.fromEntries(names.map((name) => [name, found.filter((one) => one === name).length]))
}
