import { randomBytes } from 'node:crypto'
import { type Hold, type MigrationId, migrationId } from '@snapferry/migration'
import type { Redis } from 'ioredis'
import { type AuditFact, openAudit } from './audit.ts'
import { type BudgetLimits, limitsOf, textOf } from './budgets.ts'
import { type DrainHold, holdOf } from './holds.ts'
import { keyOf } from './keys.ts'
import { ask } from './redis-away.ts'

/** Every limit in force: of budgets by their names, and of provider calls a second by profile. */
export interface LimitSettings {
  readonly budgets: Readonly<Record<string, BudgetLimits>>
  readonly callsPerSecond: Readonly<Record<string, number>>
}

/** What operators change while the fleet runs. Each change and the line of the audit that tells of it are kept together. */
export interface Limits {
  settings(): Promise<LimitSettings>
  /**
   * Replaces every limit and wakes who may go now. False, and nothing is changed, when the limits are no longer those
   * that were read before.
   */
  replace(before: LimitSettings, after: LimitSettings, fact: AuditFact): Promise<boolean>
  /** Puts a hold up, or changes its reason; answers it as it stands. */
  putHold(hold: DrainHold, fact: AuditFact): Promise<Hold>
  /** Ends a hold and wakes who stands under it; answers it, or null when somebody was quicker. */
  liftHold(name: string, fact: AuditFact): Promise<Hold | null>
  /** Who stands under a hold, at most `limit`, in the order of their line. */
  under(name: string, limit: number): Promise<readonly MigrationId[]>
}

/** Opens the limits; the connection knows our scripts. */
export function openLimits(redis: Redis, o: { readonly sandbox: boolean }): Limits {
  const audit = openAudit(redis, o)
  const sandbox = o.sandbox ? '1' : '0'
  const answer = <T>(question: () => Promise<T>) => ask(redis, question)
  return {
    settings: () => answer(() => settingsIn(redis)),
    replace: (before, after, fact) =>
      answer(async () => {
        const order = {
          id: randomBytes(10).toString('hex'),
          ...{ budgetsBefore: budgetTexts(before), budgets: budgetTexts(after) },
          ...{ ratesBefore: rateTexts(before), rates: rateTexts(after) },
        }
        const keys = [
          ...[keyOf.budgets, keyOf.callRates, keyOf.slots, keyOf.waiters, keyOf.nudges],
          ...[keyOf.audit, keyOf.auditFresh, keyOf.clock],
        ]
        return (await redis.sfPutLimits(...keys, sandbox, JSON.stringify(order), JSON.stringify(fact))) === 1
      }),
    putHold: async (hold, fact) => {
      const text = JSON.stringify({ ...hold, probe: null })
      const [put] = await audit.together(fact, (transaction) => {
        transaction.sfPutHold(keyOf.holds, keyOf.clock, sandbox, text)
      })
      return holdOf(String(put))
    },
    liftHold: async (name, fact) => {
      const [lifted] = await audit.together(fact, (transaction) => {
        transaction.sfLiftHold(keyOf.holds, keyOf.waiters, keyOf.nudges, keyOf.lifted, name)
      })
      return typeof lifted === 'string' ? holdOf(lifted) : null
    },
    under: (name, limit) =>
      answer(async () => {
        const line = [`(hold:${name}\n`, `(hold:${name}\v`] as const
        const members = await redis.zrangebylex(keyOf.waiters, ...line, 'LIMIT', 0, limit)
        return members.map((member) => migrationId(member.slice(-ID_LENGTH)))
      }),
  }
}

/** `mig_` and 26 letters: a waiter ends in it. */
const ID_LENGTH = 30

async function settingsIn(redis: Redis): Promise<LimitSettings> {
  const [budgets, rates] = await Promise.all([redis.hgetall(keyOf.budgets), redis.hgetall(keyOf.callRates)])
  return {
    budgets: mapped(budgets, limitsOf),
    callsPerSecond: mapped(rates, Number),
  }
}

function budgetTexts({ budgets }: LimitSettings): Record<string, string> {
  return mapped(budgets, textOf)
}

function rateTexts({ callsPerSecond }: LimitSettings): Record<string, string> {
  return mapped(callsPerSecond, String)
}

function mapped<A, B>(record: Readonly<Record<string, A>>, to: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, to(value)]))
}
