import { readFileSync } from 'node:fs'
import type { Redis, Result } from 'ioredis'

const source = (name: string): string =>
  readFileSync(new URL(`./scripts/${name}.lua`, import.meta.url), 'utf8')

const script = (name: string, numberOfKeys?: number) => ({
  lua: `${source('prelude')}\n${source(name)}`,
  ...(numberOfKeys === undefined ? {} : { numberOfKeys }),
})

/** Every script, under the name it is called by. Where no number of keys is fixed, it is the first argument. */
const SCRIPTS = {
  sfClock: script('clock', 1),
  sfRead: script('read', 4),
  sfCreate: script('create'),
  sfAppend: script('append'),
  sfPage: script('page'),
  sfNudge: script('nudge'),
  sfDropNudges: script('drop-nudges'),
  sfHold: script('hold', 2),
  sfFree: script('free', 4),
  sfStillThere: script('still-there'),
  sfHoldSlot: script('hold-slot', 2),
  sfFreeSlot: script('free-slot', 5),
  sfSetBudget: script('set-budget', 4),
  sfPutLimits: script('put-limits', 8),
  sfPutHold: script('put-hold', 2),
  sfLiftHold: script('lift-hold', 4),
  sfProbe: script('probe', 4),
  sfWakeLifted: script('wake-lifted', 4),
  sfTakeTurn: script('take-turn', 3),
  sfCountCalls: script('count-calls', 3),
  sfLearn: script('learn', 1),
  sfRenewLease: script('renew-lease', 1),
  sfReleaseLease: script('release-lease', 1),
  sfEndSweep: script('end-sweep', 1),
  sfAudit: script('audit', 3),
  sfMarkArchived: script('mark-archived'),
  sfMarkCopies: script('mark-copies', 2),
  sfRemoveCopy: script('remove-copy', 2),
  sfImport: script('import'),
  sfForget: script('forget'),
} as const

/** Teaches a connection our scripts; a second time does no harm. */
export function defineScripts(redis: Redis): void {
  for (const [name, definition] of Object.entries(SCRIPTS)) redis.defineCommand(name, definition)
}

declare module 'ioredis' {
  interface RedisCommander<Context> {
    sfClock(clock: string, sandbox: string): Result<number, Context>
    sfRead(
      record: string,
      nudges: string,
      clock: string,
      holds: string,
      id: string,
      sandbox: string,
    ): Result<[number, string, (string | null)[], string[]], Context>
    sfCreate(keys: number, ...rest: string[]): Result<[string, string | number], Context>
    sfAppend(keys: number, ...rest: string[]): Result<(string | number)[], Context>
    sfPage(keys: number, ...rest: string[]): Result<[string, string, ...string[]], Context>
    sfNudge(keys: number, ...rest: string[]): Result<number, Context>
    sfDropNudges(keys: number, ...rest: string[]): Result<number, Context>
    sfHold(record: string, claims: string, id: string, v: string, claim: string): Result<number, Context>
    sfFree(
      record: string,
      claims: string,
      waiters: string,
      nudges: string,
      id: string,
      v: string,
      claim: string,
    ): Result<number, Context>
    sfHoldSlot(
      record: string,
      slots: string,
      id: string,
      v: string,
      slot: string,
      weight: string,
    ): Result<number, Context>
    sfFreeSlot(
      record: string,
      slots: string,
      budgets: string,
      waiters: string,
      nudges: string,
      id: string,
      v: string,
      slot: string,
    ): Result<number, Context>
    sfSetBudget(
      budgets: string,
      slots: string,
      waiters: string,
      nudges: string,
      slot: string,
      limits: string,
    ): Result<string | null, Context>
    sfPutLimits(...keysAndArguments: string[]): Result<number, Context>
    sfPutHold(holds: string, clock: string, sandbox: string, hold: string): Result<string, Context>
    sfLiftHold(
      holds: string,
      waiters: string,
      nudges: string,
      lifted: string,
      name: string,
    ): Result<string | null, Context>
    sfProbe(
      holds: string,
      waiters: string,
      nudges: string,
      clock: string,
      sandbox: string,
      everyMs: string,
      dice: string,
    ): Result<number, Context>
    sfWakeLifted(lifted: string, waiters: string, nudges: string, holds: string): Result<number, Context>
    sfTakeTurn(
      rates: string,
      turns: string,
      clock: string,
      sandbox: string,
      profile: string,
      unset: string,
      calls: string,
      owed: string,
    ): Result<[now: number, turnAt: number], Context>
    sfCountCalls(
      holds: string,
      circuits: string,
      clock: string,
      sandbox: string,
      tallies: string,
      numbers: string,
    ): Result<string[], Context>
    sfLearn(
      learned: string,
      name: string,
      bucket: string,
      ms: string,
      keptMax: string,
    ): Result<number, Context>
    sfStillThere(keys: number, ...rest: string[]): Result<number[], Context>
    sfRenewLease(lease: string, token: string, leaseMs: string): Result<number, Context>
    sfReleaseLease(lease: string, token: string): Result<number, Context>
    sfEndSweep(sweep: string, wish: string): Result<number, Context>
    sfAudit(
      audit: string,
      fresh: string,
      clock: string,
      sandbox: string,
      id: string,
      line: string,
    ): Result<number, Context>
    sfMarkArchived(keys: number, ...rest: string[]): Result<number, Context>
    sfMarkCopies(copies: string, marks: string, ...rest: string[]): Result<number, Context>
    sfRemoveCopy(copies: string, marks: string, id: string): Result<number, Context>
    sfImport(keys: number, ...rest: string[]): Result<number, Context>
    sfForget(keys: number, ...rest: string[]): Result<number, Context>
  }
}
