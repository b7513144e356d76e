import { POLICY } from '@snapferry/migration'
import { openJournal, openRedis, type RedisJournal, untilReady } from '@snapferry/redis'
import { listInState, readMigration } from './api-client.ts'
import { type AcceptedId, sleep } from './customer.ts'
import type { Installation } from './installation.ts'
import type { Site } from './site.ts'

/** Clocks that run faster than real ones: of the provider and of every installation, together. */
export interface Hurry {
  stop(): Promise<void>
}

const STEP_MS = 100
const NUDGED_MAX = 1_000
const READY_MS = 10_000
const POLL_MS = 500
const RECOVERED_MS_MAX = 40_000
const MOVING = ['queued', 'running', 'unwinding', 'needs_attention'] as const

/** Waits until everybody serves again. */
export async function untilAllServe({ provider, installations }: Site): Promise<void> {
  const all = [provider, ...installations.flatMap(({ api, workers }) => [api, ...workers])]
  await Promise.all(all.map((one) => one.untilReady()))
}

/** Ends the faults of the provider. */
export async function clearWeather({ door }: Site): Promise<void> {
  await door.clearFaults()
  await door.setRules(0)
}

/** Waits until everything that a dead worker had in hand was read again; a while, since one may never be. */
export async function untilRecovered({ installations }: Site, signal: AbortSignal): Promise<void> {
  const deadline = performance.now() + RECOVERED_MS_MAX
  while (performance.now() < deadline && installations.some(({ witness }) => witness.waiting > 0))
    await sleep(POLL_MS, signal)
}

/** Runs the clocks `speed` times as fast until stopped, and wakes what becomes due by them. */
export async function hurry({ door, installations }: Site, speed: number): Promise<Hurry> {
  if (speed === 1) return { stop: async () => undefined }
  const opened = await Promise.all(installations.map(openClockOf))
  const step = STEP_MS * (speed - 1)
  let isStopped = false
  const run = (async () => {
    for (let offsetMs = step; !isStopped; offsetMs += step) {
      // The provider first: nothing of ours may be older than it is there.
      await door.advance(step)
      await Promise.all(opened.map(({ journal }) => raise(journal, offsetMs)))
      await new Promise((next) => setTimeout(next, STEP_MS))
    }
  })()
  run.catch(() => undefined)
  return {
    stop: async () => {
      isStopped = true
      await run
      for (const { close } of opened) close()
    },
  }
}

async function openClockOf({
  name,
  redis,
}: Installation): Promise<{ journal: RedisJournal; close: () => void }> {
  const client = openRedis(redis.url, 'requests')
  await untilReady(client, READY_MS)
  const journal = openJournal(client, {
    install: name,
    sandbox: true,
    leftoverRetryMs: POLICY.leftoverRetryMs,
  })
  return { journal, close: () => client.disconnect() }
}

async function raise(journal: RedisJournal, offsetMs: number): Promise<void> {
  await journal.setClock(offsetMs)
  const { now } = await journal.clock()
  await journal.nudge(await journal.overdue(now, NUDGED_MAX))
}

/** Waits until everything that was accepted has ended, at most so long. Answers how long it took, or null. */
export async function untilEnded(
  { installations }: Site,
  accepted: readonly AcceptedId[],
  o: { readonly calmMs: number; readonly signal: AbortSignal; readonly onLook: (moving: number) => void },
): Promise<number | null> {
  const from = performance.now()
  while (performance.now() - from < o.calmMs && !o.signal.aborted) {
    const moving = await movingIn(installations)
    if (moving !== null) o.onLook(moving)
    if (moving === 0 && (await allKnownHaveEnded(installations, accepted))) return performance.now() - from
    await sleep(POLL_MS, o.signal)
  }
  return null
}

async function movingIn(installations: readonly Installation[]): Promise<number | null> {
  let moving = 0
  for (const { apiUrl } of installations) {
    for (const state of MOVING) {
      const found = await listInState(apiUrl, state)
      if (found === null) return null
      moving += found.length
    }
  }
  return moving
}

/** The lists are indexes; the records themselves are asked once more. */
async function allKnownHaveEnded(
  installations: readonly Installation[],
  accepted: readonly AcceptedId[],
): Promise<boolean> {
  for (const { id, installation } of accepted) {
    const apiUrl = installations.find(({ name }) => name === installation)?.apiUrl ?? ''
    const view = await readMigration(apiUrl, id)
    if (view !== null && !view.done) return false
  }
  return true
}
