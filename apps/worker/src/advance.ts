import {
  type ActAnswer,
  afterAppend,
  afterLook,
  afterRead,
  afterWrite,
  awaitingTurn,
  begin,
  type Circumstances,
  type MigrationId,
  mayLeave,
  perform,
  type Sleep,
  type Tick,
  type WantsAppend,
  type WantsLook,
  type WantsWrite,
  withoutProfile,
} from '@snapferry/migration'
import type { Ferry } from './ferry.ts'
import { lookAt } from './look-at.ts'
import { tellChange } from './tell-change.ts'

/**
 * One tick of one migration: read, observe, decide, announce, act, conclude. The tick itself is data that moves by pure
 * steps; this shell brings what it wants. The record is the truth; whatever died before, the next tick finds out from
 * the provider. The signal gives up looks, never a write that was sent. `crashes`: BullMQ's stalled counter of the job.
 */
export async function advance(
  id: MigrationId,
  ferry: Ferry,
  signal: AbortSignal,
  crashes = 0,
): Promise<Sleep> {
  let tick: Tick = begin(crashes)
  for (;;) {
    switch (tick.wants) {
      case 'read':
        tick = afterRead(tick, await ferry.journal.read(id), hereOf(ferry), roll(ferry))
        break
      case 'look':
        tick = await look(tick, ferry, signal)
        break
      case 'append':
        tick = await append(tick, ferry)
        break
      case 'write':
        tick = afterWrite(tick, await write(tick, ferry), hereOf(ferry))
        break
      case 'nothing':
        if (tick.leftAlone !== undefined) ferry.leftAlone?.(tick.leftAlone)
        return tick.sleep
    }
  }
}

function hereOf(ferry: Ferry): Circumstances {
  return { monotonicMs: ferry.monotonicMs(), policy: ferry.policy }
}

/** Three digits are kept with what is decided. */
function roll(ferry: Ferry): number {
  return Math.floor(ferry.dice() * 1_000) / 1_000
}

async function look(tick: WantsLook, ferry: Ferry, signal: AbortSignal): Promise<Tick> {
  const { profile } = tick.reading.record.plan
  const provider = ferry.providers[profile]
  if (provider === undefined) return withoutProfile(tick, profile)
  const turnAt = (await ferry.gate?.enter(tick)) ?? null
  if (turnAt !== null) return awaitingTurn(tick, turnAt)
  const seen = await lookAt(tick.question, provider.looks, signal)
  return afterLook(tick, seen, hereOf(ferry))
}

async function append(tick: WantsAppend, ferry: Ferry): Promise<Tick> {
  if (tick.next.to === 'park') ferry.defect(tick.change.before.record, tick.next.cause)
  const appended = await ferry.journal.append(tick.change)
  if (appended.outcome === 'appended') tellChange(tick.change, ferry)
  return afterAppend(tick, appended, hereOf(ferry))
}

function write(tick: WantsWrite, ferry: Ferry): Promise<ActAnswer> {
  const provider = ferry.providers[tick.reading.record.plan.profile]
  if (provider === undefined) throw new Error('the profile went away under a tick')
  return perform(tick.act, () => {
    const openedMs = ferry.monotonicMs()
    return provider.writesFor(() => mayLeave(tick, openedMs, ferry.monotonicMs()))
  })
}
