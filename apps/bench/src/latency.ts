import type { Event } from '@snapferry/migration'
import type { Attributed } from './calls-kinds.ts'
import type { SnapshotApi, WorkKind } from './calls-model.ts'
import type { Wait } from './calls-waits.ts'

/** How late the end of one work was seen, in the provider's milliseconds. */
export interface Lateness {
  readonly api: SnapshotApi
  readonly kind: WorkKind
  /** To our next call that could see it. */
  readonly seenMs: number
  /** To the record: the phase is told as completed. */
  readonly recordedMs: number
}

/** Which calls of ours can see that a work has ended: an export only shows in the bucket. */
const SEES: Readonly<Record<WorkKind, Attributed['kind']>> = {
  take: 'taken snapshot GETs',
  export: 'lists by prefix',
  import: 'copy GETs',
}

const PHASE_OF = { take: 'snapshot', export: 'export', import: 'import' } as const

/** How late we saw each work end. Throws when a work was never looked at again: then the numbers would flatter. */
export function latenessOf(waits: readonly Wait[], calls: readonly Attributed[]): readonly Lateness[] {
  const looks = new Map<string, readonly Attributed[]>()
  for (const one of calls) {
    const name = `${one.kind} ${one.of?.id}`
    looks.set(name, [...(looks.get(name) ?? []), one])
  }
  const makers = new Map(calls.map((one) => [one.call.n, one.of]))
  return waits.map((wait) => {
    const of = makers.get(wait.post.n)
    const next = looks.get(`${SEES[wait.kind]} ${of?.id}`)?.find(({ call }) => call.at >= wait.doneMs)
    const recorded = of?.events.find((event) => isEndOf(wait, event))
    if (next === undefined || recorded === undefined)
      throw new Error(`nobody saw the end of the ${wait.kind} of ${wait.id}`)
    const { api, kind, doneMs } = wait
    return { api, kind, seenMs: next.call.at - doneMs, recordedMs: recorded.at - doneMs }
  })
}

function isEndOf({ kind, doneMs }: Wait, event: Event): boolean {
  return event.type === 'phase-completed' && event.phase === PHASE_OF[kind] && event.at >= doneMs
}

/** The value below which the share lies, by nearest rank; throws RangeError for no values. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  const value = sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]
  if (value === undefined) throw new RangeError('no values have no quantile')
  return value
}
