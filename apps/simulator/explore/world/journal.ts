import {
  type Appended,
  apply,
  type Change,
  dueAt,
  type EventBody,
  isEnded,
  nextPulse,
  type Policy,
  type Reading,
} from '@snapferry/migration'
import { DUE_EVERY_MS } from './patience.ts'
import { REDIS_RUN } from './scene.ts'
import type { World } from './world.ts'

/** The record as a worker reads it. */
export function read({ record, pulse, now, nudges }: World): Reading {
  return { record, pulse, now, nudges, redisRun: REDIS_RUN }
}

/** Appends a change under its version, as the script of the Redis journal does; claims of one migration never clash. */
export function append(
  world: World,
  change: Change,
  { leftoverRetryMs }: Policy,
): { readonly world: World; readonly appended: Appended } {
  const { before, after, closing, nudge } = change
  const { v } = world.pulse
  if (before.pulse.v !== v) return { world, appended: { outcome: 'overtaken' } }
  const { now } = world
  let { nudges } = world
  let { wakeAt } = change.pulse
  if (closing) {
    if (nudges === before.nudges) nudges = 0
    else wakeAt = now
  }
  if (nudge) nudges++
  // Where a nudge cut the sleep short there was no planned sleep that could count as waited.
  const slept = wakeAt === change.pulse.wakeAt ? change.pulse : { ...change.pulse, wakeAt, plannedMs: 0 }
  const due = isEnded(after) ? dueAt(after, leftoverRetryMs, before.now) : null
  // What is due is found by a chore, not at once.
  const dueNext = due === null ? null : Math.max(due, now + DUE_EVERY_MS)
  return {
    world: { ...world, record: after, pulse: { ...slept, v: v + 1 }, nudges, dueAt: dueNext },
    appended: { outcome: 'appended', v: v + 1, now, wakeAt },
  }
}

/** What a person asks for through the API: read, judged and appended in one go, with a nudge. */
export function ask(world: World, body: EventBody, policy: Policy): World {
  const before = read(world)
  const event = { ...body, at: world.now }
  const { pulse } = nextPulse(before.pulse, { events: [event], sleepMs: 0, why: null }, world.now)
  const after = apply(before.record, event)
  return append(world, { before, after, events: [event], pulse, closing: false, nudge: true }, policy).world
}
