import { holdsNaturalKey, isSlot, type Journal, type MigrationId, weightOf } from '@snapferry/migration'
import { claimsOf } from './append-change.ts'
import { naturalText } from './create-record.ts'
import type { HeldClaims } from './held-claims.ts'
import type { RedisJournal } from './open-journal.ts'
import type { MigrationQueue } from './open-queue.ts'
import { isOurs, type Stored } from './record-text.ts'
import type { Chore } from './start-chores.ts'

/** What the reconciler works with. */
export interface ReconcilerNeeds {
  readonly journal: Pick<
    RedisJournal,
    'unended' | 'clock' | 'nudge' | 'read' | 'claims' | 'naturals' | 'budgets'
  >
  readonly queue: Pick<MigrationQueue, 'has' | 'state'>
}

const EVERY_MS = 60_000
/** How long after its time a migration may still be asleep. */
const OVERDUE_MS = 60_000
const PAGE = 200

/**
 * The chore `reconciler`: brings back what should be awake and is not, and lays the tables of claims, budgets and natural
 * keys beside the records, which alone are the truth. Every correction is bound to the version it was decided on. Records of
 * another `definitionVersion` are left to the program that knows it.
 */
export function reconciler(needs: ReconcilerNeeds): Chore {
  return { name: 'reconciler', everyMs: EVERY_MS, run: (signal) => reconcile(needs, signal) }
}

async function reconcile({ journal, queue }: ReconcilerNeeds, signal: AbortSignal): Promise<void> {
  for (let cursor = '', first = true; first || cursor !== ''; first = false) {
    if (signal.aborted) return
    const page = await journal.unended(cursor, PAGE)
    const { now } = await journal.clock()
    const ours = page.items.filter(({ record }) => isOurs(record))
    const asleep = await Promise.all(ours.map((stored) => isForgotten(stored, queue, now)))
    await journal.nudge(ours.filter((_, at) => asleep[at]).map(({ record }) => record.id))
    await Promise.all(ours.map((stored) => holdWhatItNames(stored, journal)))
    cursor = page.cursor
  }
  await freeWhatNobodyNames(journal.claims, journal, namesClaim, signal)
  await freeWhatNobodyNames(journal.budgets, journal, namesClaim, signal)
  await freeWhatNobodyNames(journal.naturals, journal, mayHoldNatural, signal)
}

/** A migration without a job, or whose job sleeps on although its time has passed. */
async function isForgotten(stored: Stored, queue: ReconcilerNeeds['queue'], now: number): Promise<boolean> {
  if (!(await queue.has(stored.record.id))) return true
  // Asking for a state walks the waiting list: only of the few that are overdue.
  return stored.pulse.wakeAt < now - OVERDUE_MS && (await queue.state(stored.record.id)) === 'delayed'
}

async function holdWhatItNames(
  { record, pulse }: Stored,
  journal: ReconcilerNeeds['journal'],
): Promise<void> {
  for (const claim of claimsOf(record)) {
    if (isSlot(claim)) await journal.budgets.hold(claim, record.id, pulse.v, weightOf(record))
    else await journal.claims.hold(claim, record.id, pulse.v)
  }
  if (holdsNaturalKey(record)) await journal.naturals.hold(naturalText(record), record.id, pulse.v)
}

const namesClaim = ({ record }: Stored, claim: string) => claimsOf(record).includes(claim)
/** Which keys a record had before its plan learned its project is not in it: one that may hold keeps them all. */
const mayHoldNatural = ({ record }: Stored) => holdsNaturalKey(record)

async function freeWhatNobodyNames(
  table: Pick<HeldClaims, 'page' | 'free'>,
  journal: Pick<Journal, 'read'>,
  names: (stored: Stored, claim: string) => boolean,
  signal: AbortSignal,
): Promise<void> {
  for (let cursor = '', first = true; first || cursor !== '0'; first = false) {
    if (signal.aborted) return
    const page = await table.page(first ? '0' : cursor)
    await Promise.all(page.items.map(([claim, by]) => freeUnnamed(table, journal, names, claim, by)))
    cursor = page.cursor
  }
}

async function freeUnnamed(
  table: Pick<HeldClaims, 'page' | 'free'>,
  journal: Pick<Journal, 'read'>,
  names: (stored: Stored, claim: string) => boolean,
  claim: string,
  by: MigrationId,
): Promise<void> {
  const stored = await journal.read(by)
  if (stored !== null && (!isOurs(stored.record) || names(stored, claim))) return
  await table.free(claim, by, stored?.pulse.v ?? null)
}
