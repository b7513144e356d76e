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
  sfRead: script('read', 3),
  sfCreate: script('create'),
  sfAppend: script('append'),
  sfPage: script('page'),
  sfNudge: script('nudge'),
  sfDropNudges: script('drop-nudges'),
  sfHold: script('hold', 2),
  sfFree: script('free', 4),
  sfStillThere: script('still-there'),
  sfRenewLease: script('renew-lease', 1),
  sfReleaseLease: script('release-lease', 1),
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
      id: string,
      sandbox: string,
    ): Result<[number, string, (string | null)[]], Context>
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
    sfStillThere(keys: number, ...rest: string[]): Result<number[], Context>
    sfRenewLease(lease: string, token: string, leaseMs: string): Result<number, Context>
    sfReleaseLease(lease: string, token: string): Result<number, Context>
  }
}
