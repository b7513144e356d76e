import { setTimeout as pause } from 'node:timers/promises'
import { type MigrationId, migrationId } from '@snapferry/migration'
import { keyOf, RedisAway } from '@snapferry/redis'
import type { BenchClock } from './calls-clock.ts'
import type { Site } from './calls-site.ts'

const BUSY_MS = 10
const AWAY_MS = 100
/** Times in a row that Redis may be too late for us. */
const AWAY_MAX = 50
/** Jobs woken side by side. */
const TOGETHER = 50
const IDLE_MS = 2
/** What is due sooner is waited for: a tick that begins while the clocks are moved would see two times. */
const JUMP_MS_MIN = 50
/** Nothing that is busy lasts as long; an export is answered after 4 s. */
const STUCK_MS = 120_000

/**
 * Lets time pass until every migration has ended. While anything is under way the clock runs as a real one does; when
 * nobody has anything to do it is moved to what is due next (unless `jumps` is false). Jobs are woken the moment their
 * record is due, as BullMQ would, for whom the clock was not moved. No wish (nudge) is made: it would be a look more.
 */
export async function driveToEnd(
  site: Site,
  clock: BenchClock,
  o: { readonly migrations: number; readonly jumps: boolean },
): Promise<void> {
  const drive: Drive = { wokenMs: Number.NEGATIVE_INFINITY, movedAt: performance.now(), standing: '' }
  for (let away = 0; ; ) {
    try {
      const pauseMs = await step(site, clock, drive, o)
      if (pauseMs === null) return
      away = 0
      await pause(pauseMs)
    } catch (error) {
      // On a full machine Redis may be late for once; nothing was lost by it.
      if (!(error instanceof RedisAway) || ++away > AWAY_MAX) throw error
      drive.wokenMs = Number.NEGATIVE_INFINITY
      await pause(AWAY_MS)
    }
  }
}

/** Where a drive stands: who was woken until when, and when anything was last seen to move. */
interface Drive {
  wokenMs: number
  movedAt: number
  standing: string
}

/** One look at the fleet; answers how long to wait for the next one, or null at the end. */
async function step(
  site: Site,
  clock: BenchClock,
  drive: Drive,
  o: { readonly migrations: number; readonly jumps: boolean },
): Promise<number | null> {
  const { ended, counts } = await standingOf(site)
  if (ended >= o.migrations) return null
  const next = await nextWakeMs(site)
  const standing = `${counts}, the next is due at ${next}`
  const now = clock.nowMs()
  if (standing !== drive.standing) drive.movedAt = performance.now()
  drive.standing = standing
  if (performance.now() - drive.movedAt > STUCK_MS && o.jumps)
    throw new Error(`nothing moves: ${standing} after ${STUCK_MS} ms`)
  await wake(site, drive.wokenMs, now)
  drive.wokenMs = now
  if (!o.jumps || !(await isQuiet(site))) return BUSY_MS
  if (next !== null && next - now >= JUMP_MS_MIN) {
    await clock.jumpTo(next)
    drive.movedAt = performance.now()
  }
  // Whoever was busy at the last look may be asleep since.
  drive.wokenMs = Number.NEGATIVE_INFINITY
  return IDLE_MS
}

async function standingOf({ journal }: Site): Promise<{ ended: number; counts: string }> {
  const counts = await journal.counts()
  const { succeeded, failed, cancelled, needs_attention } = counts
  return { ended: succeeded + failed + cancelled + needs_attention, counts: JSON.stringify(counts) }
}

async function wake({ redis, queue }: Site, afterMs: number, untilMs: number): Promise<void> {
  const low = afterMs === Number.NEGATIVE_INFINITY ? '-inf' : `(${afterMs}`
  const due = (await redis.zrangebyscore(keyOf.wake, low, untilMs)).map((id): MigrationId => migrationId(id))
  for (let at = 0; at < due.length; at += TOGETHER)
    await Promise.all(due.slice(at, at + TOGETHER).map((id) => queue.promote(id)))
}

async function isQuiet({ redis, queue }: Site): Promise<boolean> {
  const [nudges, counts] = await Promise.all([redis.zcard(keyOf.nudges), queue.counts()])
  return nudges + (counts['active'] ?? 0) + (counts['waiting'] ?? 0) + (counts['prioritized'] ?? 0) === 0
}

async function nextWakeMs({ redis }: Site): Promise<number | null> {
  const [, score] = await redis.zrange(keyOf.wake, '0', '0', 'WITHSCORES')
  return score === undefined ? null : Number(score)
}
