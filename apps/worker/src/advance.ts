import {
  type Close,
  decide,
  isEnded,
  type MigrationId,
  type Moment,
  needs,
  perform,
  REREAD_GUARD_MS,
  type Reading,
  SEND_GUARD_MS,
} from '@snapferry/migration'
import { isOurs } from '@snapferry/redis'
import { announce, close, settle } from './append.ts'
import { Defect, parkForDefect, thinking } from './defect.ts'
import type { Ferry } from './ferry.ts'
import { lookAt } from './look-at.ts'

/** How long to sleep in milliseconds, or that there is nothing more to do. */
export type Sleep = number | 'ended'

/** How long a record of another program's rules is left alone: a fleet is renewed in minutes. */
const LEFT_ALONE_MS = 5 * 60_000

/** Looks take seconds; a process that was frozen for longer looks again instead of trusting what it saw. */
const LOOKED_MS_MAX = 30_000
const LOOK_AGAIN_MS = 1_000

/**
 * One tick of one migration: read, observe, decide, announce, act, conclude. The record is the truth; whatever died
 * before, the next tick finds out from the provider. The signal gives up looks, never a write that was sent.
 */
export async function advance(id: MigrationId, ferry: Ferry, signal: AbortSignal): Promise<Sleep> {
  const reading = await ferry.journal.read(id)
  if (reading === null) return 'ended'
  if (!isOurs(reading.record)) {
    ferry.leftAlone?.(reading.record)
    return LEFT_ALONE_MS
  }
  const early = reading.pulse.wakeAt - reading.now
  if (early > 0 && reading.nudges === 0) return isEnded(reading.record) ? 'ended' : early
  try {
    return await tick(reading, ferry, signal)
  } catch (error) {
    if (error instanceof Defect) return parkForDefect(reading, error, ferry)
    throw error
  }
}

async function tick(reading: Reading, ferry: Ferry, signal: AbortSignal): Promise<Sleep> {
  const { record: m, redisRun, pulse } = reading
  const provider = ferry.providers[m.plan.profile]
  if (provider === undefined) return close(reading, withoutProfile(m.plan.profile), ferry)
  const asked: Moment = { now: reading.now, redisRun, pulse, dice: ferry.dice() }
  const startedMs = ferry.monotonicMs()
  const question = thinking(() => needs(m, asked))
  const seen = await lookAt(question, provider.looks, signal)
  if (seen === null) return 0
  const lookedMs = Math.round(ferry.monotonicMs() - startedMs)
  if (lookedMs > LOOKED_MS_MAX) return LOOK_AGAIN_MS
  // What is decided and announced now is as old as now, not as the reading.
  const decided = { ...reading, now: reading.now + lookedMs }
  const decision = thinking(() => decide(m, seen, ferry.policy, { ...asked, now: decided.now }))
  if (decision.do === 'sleep') return close(decided, { ...decision, events: [] }, ferry)
  if (decision.do === 'record') return close(decided, decision, ferry)
  const announced = await announce(decided, decision.events, ferry)
  if (announced === null) return 0
  const sentFrom = ferry.monotonicMs()
  // An intent that took long to be recorded is older than it says: its re-send age would be over too soon.
  const isFresh = announced.now - decided.now < SEND_GUARD_MS
  const isCreate = 'intent' in decision.act
  const answer = await perform(decision.act, () => {
    const from = isCreate ? sentFrom : ferry.monotonicMs()
    const limitMs = isCreate ? SEND_GUARD_MS : REREAD_GUARD_MS
    return provider.writesFor(() => isFresh && ferry.monotonicMs() - from < limitMs)
  })
  const tookMs = Math.round(ferry.monotonicMs() - sentFrom)
  return settle({ ...announced, now: announced.now + tookMs }, decision.act, answer, ferry)
}

/** A migration of a profile that this worker was not given waits for one that was. */
function withoutProfile(profile: string): Close {
  const text = `This worker has no profile ${profile}.`
  return { events: [], sleepMs: LEFT_ALONE_MS, why: { code: 'profile-unknown', text } }
}
