import { type Change, type Hold, type MigrationId, PROBE_MS } from '@snapferry/migration'
import type { Holds } from '@snapferry/redis'
import { lineOf } from './line.ts'
import type { Memory } from './memory.ts'

/** The most that a lift wakes at once, as in the scripts of the real one. */
const HELD_WOKEN = 1_000

/** Puts up the hold that an append brings, or confirms it: one that stands keeps its beginning, and who tried has failed. */
export function raiseHold(
  memory: Memory,
  raise: NonNullable<Change['raise']>,
  now: number,
  id: MigrationId,
): void {
  const { worked: _, ...fresh } = raise
  const old = memory.holds.get(fresh.name)
  const isWider = old === undefined || fresh.act === null
  const { act, stops } = isWider ? fresh : old
  const times =
    old === undefined
      ? { since: now, times: 1, probeAt: now + PROBE_MS }
      : { since: old.since, times: old.times + 1, probeAt: old.probeAt }
  // Who was not the one to try says nothing of the one that does.
  const probe = old === undefined || old.probe === id ? null : old.probe
  memory.holds.set(fresh.name, { ...fresh, act, stops, ...times, lastAt: now, by: null, probe })
}

/** Ends a hold when this migration is the one that was to try. */
export function endHold(memory: Memory, name: string, by: MigrationId): void {
  if (memory.holds.get(name)?.probe === by) liftHold(memory, name)
}

/** Ends a hold and wakes who stands under it. */
function liftHold(memory: Memory, name: string): Hold | null {
  const hold = memory.holds.get(name)
  if (hold === undefined) return null
  memory.holds.delete(name)
  if (wakeHeld(memory, name)) memory.lifted.set(name, true)
  return hold
}

/** Wakes who stands under a hold that is over; true when more do. */
function wakeHeld(memory: Memory, name: string): boolean {
  const woken = lineOf(memory, `hold:${name}`).slice(0, HELD_WOKEN)
  for (const row of woken) {
    memory.rows.set(row.record.id, { ...row, waits: null })
    memory.nudge(row.record.id)
  }
  return woken.length === HELD_WOKEN
}

/** Gives each hold whose time has come one migration that tries. */
function probeHolds(memory: Memory, dice: number): number {
  const now = memory.clock()
  let given = 0
  for (const hold of [...memory.holds.values()]) {
    const line = lineOf(memory, `hold:${hold.name}`)
    const picked = line[Math.floor(dice * line.length)]
    if (hold.probeAt === null || hold.probeAt > now || picked === undefined) continue
    const probeAt = now + Math.floor(PROBE_MS * (0.8 + 0.4 * dice))
    memory.holds.set(hold.name, { ...hold, probe: picked.record.id, probeAt })
    memory.nudge(picked.record.id)
    given++
  }
  return given
}

/** The holds of a memory, as operators and the chore see them. */
export function memoryHolds(memory: Memory): Holds {
  return {
    list: async () => [...memory.holds.values()],
    put: async (hold) => {
      const now = memory.clock()
      const { since = now, times = 0 } = memory.holds.get(hold.name) ?? {}
      const standing = { ...hold, probe: null, since, times: times + 1, lastAt: now }
      memory.holds.set(hold.name, standing)
      return standing
    },
    lift: async (name) => liftHold(memory, name),
    standing: async (name) => lineOf(memory, `hold:${name}`).length,
    probe: async (dice) => probeHolds(memory, dice),
    wakeLifted: async () => {
      let left = 0
      for (const name of [...memory.lifted.keys()]) {
        if (!memory.holds.has(name) && wakeHeld(memory, name)) left++
        else memory.lifted.delete(name)
      }
      return left
    },
    worked: async () => [...memory.worked.keys()],
  }
}
