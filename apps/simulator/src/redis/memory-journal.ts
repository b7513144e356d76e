import {
  type Change,
  type Event,
  type Migration,
  type MigrationId,
  type Reading,
  STATES,
  type State,
} from '@snapferry/migration'
import type { Nudged, RedisJournal } from '@snapferry/redis'
import { appendRow } from './append-row.ts'
import { createRow } from './create-row.ts'
import { heldTable } from './held-table.ts'
import { memoryHolds } from './hold-table.ts'
import { listRows } from './list-rows.ts'
import type { Memory } from './memory.ts'
import { memoryBudgets } from './places.ts'
import { eventsOf } from './row.ts'

const EVENTS_PAGE_MAX = 1_000

/** A migration as read at this moment, or null. */
export function readRow(memory: Memory, id: MigrationId): Reading | null {
  const row = memory.rows.get(id)
  if (row === undefined) return null
  const { record, pulse } = row
  const { redisRun } = memory
  const holds = memory.holds.size === 0 ? {} : { holds: [...memory.holds.values()] }
  return { record, pulse, now: memory.clock(), nudges: memory.nudges.get(id) ?? 0, redisRun, ...holds }
}

/** What a fleet asks of its journal in virtual time; how its calls are paced is none of its stories. */
export type MemoryJournal = Omit<RedisJournal, 'calls' | 'circuits' | 'lessons'>

/** The journal over a memory: everything the one in Redis does, at once and without a network. */
export function memoryJournal(memory: Memory): MemoryJournal {
  return {
    clock: async () => {
      const now = memory.clock()
      return { now, redisRun: memory.redisRun, upMs: now - memory.startedAt }
    },
    create: async (first: Migration, event: Event, idempotency) =>
      createRow(memory, first, event, idempotency),
    read: async (id) => readRow(memory, id),
    append: async (change: Change) => appendRow(memory, change),
    events: async (id, after, limit) => eventsPage(memory, id, after, limit),
    list: async (query) => listRows(memory, query),
    setClock: async () => {
      throw new Error('virtual time moves by itself')
    },
    counts: async () => countStates(memory),
    ...wakingOf(memory),
    claims: heldTable(memory, memory.claims),
    naturals: heldTable(memory, memory.naturals),
    budgets: memoryBudgets(memory),
    holds: memoryHolds(memory),
    apiKeys: {
      put: async (hash, holder) => memory.apiKeys.set(hash, holder),
      find: async (hash) => memory.apiKeys.get(hash) ?? null,
    },
  }
}

function eventsPage(memory: Memory, id: MigrationId, after: number, limit: number): readonly Event[] {
  if (!Number.isInteger(after) || after < 0) throw new RangeError(`not a number of events: ${after}`)
  if (!Number.isInteger(limit) || limit < 1 || limit > EVENTS_PAGE_MAX)
    throw new RangeError(`a page has 1 to ${EVENTS_PAGE_MAX} events, not ${limit}`)
  const row = memory.rows.get(id)
  return row === undefined ? [] : eventsOf(row).slice(after, after + limit)
}

function countStates(memory: Memory): Record<State, number> {
  const counts = Object.fromEntries(STATES.map((state) => [state, 0])) as Record<State, number>
  for (const { record } of memory.rows.values()) counts[record.state]++
  return counts
}

type Waking = Pick<RedisJournal, 'unended' | 'overdue' | 'dueBy' | 'nudge' | 'nudged' | 'dropNudges'>

/** The waking side. A page holds everything: these memories are small. */
function wakingOf(memory: Memory): Waking {
  return {
    unended: async () => ({
      items: memory.unended().map(({ record, pulse }) => ({ record, pulse })),
      cursor: '',
    }),
    overdue: async (atMs, limit) =>
      memory
        .unended()
        .filter(({ pulse }) => pulse.wakeAt <= atMs)
        .toSorted((a, b) => a.pulse.wakeAt - b.pulse.wakeAt)
        .slice(0, limit)
        .map(({ record }) => record.id),
    dueBy: async (atMs, limit) =>
      [...memory.rows.values()]
        .flatMap(({ record, due }) => (due !== null && due <= atMs ? [record.id] : []))
        .slice(0, limit),
    nudge: async (ids) => {
      const known = ids.filter((id) => memory.rows.has(id))
      for (const id of known) memory.nudge(id)
      return known.length
    },
    nudged: async () => ({
      items: [...memory.nudges.entries()].map(
        ([id, nudges]): Nudged => ({ id, nudges, v: memory.rows.get(id)?.pulse.v ?? null }),
      ),
      cursor: '0',
    }),
    dropNudges: async (ids) => {
      for (const id of ids) if (!memory.rows.has(id)) memory.nudges.delete(id)
    },
  }
}
