export type { ApiKeyHolder, ApiKeys } from './api-keys.ts'
export { type Audit, type AuditFact, openAudit } from './audit.ts'
export type { BudgetLimits, Budgets, BudgetUse } from './budgets.ts'
export { type Calls, type CallsWanted, callsPerSecondUnset, type Turn } from './calls.ts'
export { type Catalogue, openCatalogue } from './catalogue.ts'
export { checkRedis, judgeInfo, type RedisFacts } from './check-redis.ts'
export type { Circuits } from './circuits.ts'
export {
  checkInstallation,
  claimInstallation,
  type Installation,
  type Mode,
  type RedisSettings,
} from './claim-installation.ts'
export { CLOCK_SKEW_MAX_MS, clockSkewMs } from './clock-skew.ts'
export { type Confirming, openConfirming } from './confirm-kept.ts'
export { type Copies, openCopies } from './copies.ts'
export { type Durability, durabilityOf, replicasOf } from './durability.ts'
export type { HeldClaims } from './held-claims.ts'
export { type HistoryPages, openHistoryPages } from './history-pages.ts'
export { holdChore } from './hold-chore.ts'
export type { Holds } from './holds.ts'
export { inspectQueue, inspectRedis, type QueueInspected, type RedisInspected } from './inspect-redis.ts'
export {
  type Forgotten,
  forgetHistory,
  HISTORY_DAYS,
  HISTORY_MAX,
  type HistoryLimits,
} from './janitor.ts'
export { keyOf, QUEUE, TAG } from './keys.ts'
export { type Lease, openLease } from './lease.ts'
export type { Lessons } from './lessons.ts'
export { type LimitSettings, type Limits, openLimits } from './limits.ts'
export { type JournalOptions, openJournal, type RedisJournal } from './open-journal.ts'
export { type JobState, type MigrationQueue, openQueue } from './open-queue.ts'
export { openRedis, type RedisUse, untilReady } from './open-redis.ts'
export { type FoundPage, openSweepStore, type PendingSweep, type SweepStore } from './open-sweep-store.ts'
export { NoRedisServer, type OwnRedis, type OwnRedisOptions, startOwnRedis } from './own-redis.ts'
export { BadCursor } from './page-token.ts'
export { type ReconcilerNeeds, reconciler } from './reconcile.ts'
export { isOurs, type Stored } from './record-text.ts'
export { RedisAway } from './redis-away.ts'
export { type Restored, restoreHistory } from './restore-history.ts'
export { type Chore, type ChoresOptions, startChores } from './start-chores.ts'
export { type Drained, type DrainOptions, openDrain, startDrain } from './start-drain.ts'
export {
  type Advance,
  type Ending,
  HAND_BACK_MS,
  type Life,
  startWorker,
  type WorkerHandle,
  type WorkerOptions,
} from './start-worker.ts'
export { type Loop, machineTimer, repeat, type Timer } from './timer.ts'
export { wakeDue } from './wake-due.ts'
export type { Nudged, Waking } from './waking.ts'
export { type ClockWatchOptions, isTrueClock, watchClock } from './watch-clock.ts'
export { within } from './within.ts'
