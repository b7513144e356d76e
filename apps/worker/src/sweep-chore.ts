import { randomUUID } from 'node:crypto'
import { nightOf, type SweepReport, type SweepWish } from '@snapferry/migration'
import type { Chore, PendingSweep } from '@snapferry/redis'
import type { NightlySweep } from './nightly-sweep.ts'
import { type SweepNeeds, sweep } from './sweep.ts'

/** What the chore needs besides. */
export interface SweepChoreNeeds extends SweepNeeds {
  readonly nightly: NightlySweep
  /** Told of each sweep that ended. */
  ended(report: SweepReport): void
}

/** One read of one field a second: who asks for a sweep does not wait for the night. */
const EVERY_MS = 1_000
/** A sweep under which workers die or Redis breaks off so often is given up, and says so. */
const TRIES_MAX = 5

/**
 * The chore `sweep`: runs what was asked for, and once a day, at the installation's own hour, one of its own. What is asked
 * for stays asked for until its report is kept, so a worker that dies in the middle costs a repeat.
 */
export function sweepChore(needs: SweepChoreNeeds): Chore {
  return { name: 'sweep', everyMs: EVERY_MS, run: (signal) => runPending(needs, signal) }
}

async function runPending(needs: SweepChoreNeeds, signal: AbortSignal): Promise<void> {
  const { store } = needs
  const pending = (await store.pending()) ?? (await askNightly(needs))
  if (pending === null || signal.aborted) return
  const tries = await store.begin()
  const swept =
    tries > TRIES_MAX ? await givenUp(pending.wish, needs) : await sweep(pending.wish, needs, signal)
  if (swept === null || signal.aborted) return
  await store.finish(swept.report, swept.found, swept.remembered)
  needs.ended(swept.report)
}

/** The first look of an installation only notes the night: the first sweep of its own is that of the next. */
async function askNightly({
  store,
  journal,
  nightly,
  install,
}: SweepChoreNeeds): Promise<PendingSweep | null> {
  if (nightly === 'off') return null
  const { now } = await journal.clock()
  const [tonight, last] = [nightOf(now, install), await store.night()]
  if (last === tonight) return null
  const wish: SweepWish = {
    ...{ id: randomUUID(), by: 'nightly', askedAt: now, acknowledged: null },
    dryRun: nightly === 'report',
  }
  const asked = last === null ? null : await store.wish(wish)
  await store.nightDone(tonight)
  return asked === null ? null : { wish: asked, tries: 0 }
}

async function givenUp(wish: SweepWish, { journal, store }: SweepChoreNeeds) {
  const { now } = await journal.clock()
  const none = { things: 0, bytes: 0 }
  const text = `The sweep was begun ${TRIES_MAX} times and never came to its end: read the worker's log.`
  const report: SweepReport = {
    ...{ ...wish, startedAt: now, finishedAt: now, refused: [{ code: 'given-up', text }], places: [] },
    counts: {
      ...{ 'in-use': none, known: none, copy: none, 'too-young': none },
      ...{ late: none, orphan: none, unclaimed: none },
    },
    marked: none,
    listed: { late: 0, orphan: 0, unclaimed: 0 },
  }
  return { report, found: [], remembered: await store.firstSeen() }
}
