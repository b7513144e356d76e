import { createHash } from 'node:crypto'
import type { MigrationId, State } from '@snapferry/migration'

/** The hash tag every key carries, BullMQ's included: one Cluster slot, so one script may touch them all. */
export const TAG = '{snapferry}'

/** The name of the one BullMQ queue. */
export const QUEUE = 'migrations'

/**
 * Every key in Redis, by what it is for. `lex` indexes are sorted sets of score 0 whose members are
 * `<milliseconds>:<id>` (see `index-entries.ts`): a cursor in them is exact, also for equal times.
 */
export const keyOf = {
  /** Hash: `record`, `pulse` and `naturals` (JSON), `v wakeAt fingerprint waits`. */
  record: (id: MigrationId) => `${TAG}:record:${id}`,
  /** List: the events of a migration, oldest first, JSON. */
  events: (id: MigrationId) => `${TAG}:events:${id}`,
  /** String: `<fingerprint> <id>`. The caller's text is hashed: it may be long and is nobody's business. */
  idempotency: (key: string) => `${TAG}:idempotency:${createHash('sha256').update(key).digest('hex')}`,
  /** String: the lease of a chore, its holder's token. */
  lease: (chore: string) => `${TAG}:lease:${chore}`,
  /** Lex index of every migration. */
  all: `${TAG}:all`,
  /** Lex index of those that have not ended. */
  unended: `${TAG}:unended`,
  /** Lex index of those that have ended, by the time they did. */
  finished: `${TAG}:finished`,
  /** Lex index of one state. */
  state: (state: State) => `${TAG}:state:${state}`,
  /** Lex index of one source: the id of a snapshot or volume, or `bucket/key`. */
  source: (source: string) => `${TAG}:source:${source}`,
  /** Lex index of one source zone. */
  from: (zone: string) => `${TAG}:from:${zone}`,
  /** Lex index of one target zone. */
  to: (zone: string) => `${TAG}:to:${zone}`,
  /** Lex index of one pair of zones. */
  pair: (from: string, to: string) => `${TAG}:pair:${from}>${to}`,
  /** Sorted set: nudged ids, scored by how often. */
  nudges: `${TAG}:nudges`,
  /** Sorted set: unended ids, scored by `wakeAt`. */
  wake: `${TAG}:wake`,
  /** Sorted set: ended ids that have to be looked at again, scored by when. */
  due: `${TAG}:due`,
  /** Hash: claim → the id that holds it. */
  claims: `${TAG}:claims`,
  /** Hash: budget (`slot:export@zone=…`) → `<places> <bytes>`, `-` for no limit. */
  budgets: `${TAG}:budgets`,
  /** Hash: `<budget>\n<id>` → bytes it weighs; `<budget>` → places taken; `<budget>\n` → bytes taken. */
  slots: `${TAG}:slots`,
  /** Hash: profile → provider calls a second that the fleet may make; missing: the default of the mode. */
  callRates: `${TAG}:call-rates`,
  /** Hash: profile → `<until> <rate>`: until when the calls promised so far are paid for (ms since 1970), at which rate. */
  callTurns: `${TAG}:call-turns`,
  /** Hash: `<profile>|<zone>` → the newest calls, `[[bucket, calls, bad]…]`, JSON. */
  circuits: `${TAG}:circuits`,
  /** Hash: class of work (`export|block|4`) → how long it took: `{max, counts}`, JSON. */
  learned: `${TAG}:learned`,
  /** Hash: name of a hold → the hold, JSON. */
  holds: `${TAG}:holds`,
  /** Set: names of holds that are over and under which more stand than were woken at once. */
  lifted: `${TAG}:lifted`,
  /** Hash: kind of call (`import|default|fr-par-1`) → when it last worked. */
  worked: `${TAG}:worked`,
  /** Hash: id of a proven copy → the copy, JSON. */
  copies: `${TAG}:copies`,
  /** Hash: id of a copy → fingerprint of the entry that the archive has of it; `gone` once it was taken out. */
  copiesArchived: `${TAG}:copies-archived`,
  /** Sorted set of score 0: `<milliseconds>:<20 hex digits>:<line, JSON>`, the audit. */
  audit: `${TAG}:audit`,
  /** Sorted set of score 0: `<milliseconds>:<20 hex digits>` of the lines that no archive has yet. */
  auditFresh: `${TAG}:audit-fresh`,
  /** Hash: how far the archive is: `day part sha256`. */
  archive: `${TAG}:archive`,
  /** Hash: natural key → the id that holds it. */
  naturals: `${TAG}:naturals`,
  /** Sorted set of score 0: `<claim, budget or hold:name>\n<milliseconds>:<id>`, who stands in which line. */
  waiters: `${TAG}:waiters`,
  /** Stream, capped: every event as it is appended, for live tails. */
  live: `${TAG}:live`,
  /** String: milliseconds added to TIME, in the sandbox only. */
  clock: `${TAG}:clock`,
  /** String: the installation and mode this Redis belongs to, JSON. */
  installation: `${TAG}:installation`,
  /** Counter: rises with each confirmation that acceptances are kept; its value means nothing. */
  acceptances: `${TAG}:acceptances`,
  /** Hash: what sweeps keep: `wish tries report night bornAt cursor counted` (see `open-sweep-store.ts`). */
  sweep: `${TAG}:sweep`,
  /** Set: every place in which something of ours may be, as `placeText`. */
  sweepPlaces: `${TAG}:sweep-places`,
  /** List: the things that the newest sweep lists, JSON: late ones, then orphans, then unclaimed. */
  sweepFound: `${TAG}:sweep-found`,
  /** Hash: a thing that the newest sweep lists → when one first did. */
  sweepFirstSeen: `${TAG}:sweep-first-seen`,
  /** Hash: hash of an API key → its name and role, JSON. */
  apiKeys: `${TAG}:api-keys`,
} as const
