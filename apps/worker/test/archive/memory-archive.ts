import {
  type ArchiveLine,
  type ArchiveStore,
  type Event,
  good,
  type Link,
  type Migration,
  type MigrationLine,
  migrationIdOf,
} from '@snapferry/migration'
import type { ArchiveSource } from '../../src/archive/archive-source.ts'

export const DAY_MS = 86_400_000
/** Noon of the first day of every test. */
export const NOON = Date.UTC(2026, 10, 20, 12)

/** The process was killed here. */
export class Killed extends Error {}

/** Counts calls, and kills the process before or after one of them. */
export class Fate {
  calls = 0
  #at: number
  #when: 'before' | 'after'

  constructor(at = Number.POSITIVE_INFINITY, when: 'before' | 'after' = 'before') {
    this.#at = at
    this.#when = when
  }

  async call<T>(work: () => T): Promise<T> {
    const isMine = this.calls++ === this.#at
    if (isMine && this.#when === 'before') throw new Killed()
    const value = work()
    if (isMine) throw new Killed()
    return value
  }
}

/** A store that remembers; what is written is never written again. */
export function memoryStore(objects: Map<string, Uint8Array>, fate = new Fate()): ArchiveStore {
  return {
    place: 'memory',
    putIfAbsent: (name, bytes) =>
      fate.call(() => {
        if (objects.has(name)) return good('exists')
        objects.set(name, bytes)
        return good('written')
      }),
    get: (name) => fate.call(() => good(objects.get(name) ?? null)),
    list: () => fate.call(() => good([...objects.keys()].toReversed())),
  }
}

/** A journal in memory: lines with the time they happened. */
export interface Past {
  readonly rows: readonly { readonly at: number; readonly line: ArchiveLine }[]
  readonly marked: Set<string>
  head: Link | null
}

export function aPast(rows: Past['rows']): Past {
  return { rows, marked: new Set(), head: null }
}

export function memorySource(past: Past, fate = new Fate()): ArchiveSource {
  return {
    async *fresh(untilMs) {
      for (const { at, line } of past.rows)
        if (at < untilMs && !past.marked.has(keyOfLine(line))) yield await fate.call(() => line)
    },
    archived: (lines) =>
      fate.call(() => {
        for (const line of lines) past.marked.add(keyOfLine(line))
      }),
    oldestMs: () => fate.call(() => past.rows[0]?.at ?? null),
    head: () => fate.call(() => past.head),
    remember: (head) =>
      fate.call(() => {
        past.head = head
      }),
    unmark: async () => {
      past.marked.clear()
      past.head = null
    },
  }
}

export function keyOfLine(line: ArchiveLine): string {
  switch (line.kind) {
    case 'audit':
      return line.key
    case 'migration':
      return `${line.id}:${line.events.length}`
    case 'copy':
      return line.copy.id
    case 'copy-gone':
      return line.id
  }
}

/** A line of the audit; `words` makes it as long as wanted. */
export function anAuditLine(at: number, n: number, words = ''): ArchiveLine {
  const key = `${String(at).padStart(15, '0')}:${n.toString(16).padStart(20, '0')}`
  const line = {
    at,
    by: 'ops',
    action: 'budgets.put',
    target: words,
    requestId: `r${n}`,
    outcome: 'accepted',
  }
  return { kind: 'audit', key, line }
}

/** A finished migration as an archive has it. */
export function aMigrationLine(n: number, install = 'tests', events = 3): MigrationLine {
  const id = migrationIdOf(Uint8Array.from({ length: 26 }, (_, at) => (n >> (at % 4)) + at))
  const happened = Array.from({ length: events }, (_, at) => ({ at: NOON + at, type: 'ledger-settled' }))
  const record = { id, state: 'succeeded', endedAt: NOON, events, plan: { install } }
  return {
    ...{ kind: 'migration', id, v: events, wakeAt: 0, fingerprint: '', naturals: [] },
    record: record as unknown as Migration,
    pulse: {},
    events: happened as Event[],
  }
}
