import { type Migration, POLICY } from '@snapferry/migration'
import {
  checkInstallation,
  clockSkewMs,
  type Installation,
  inspectQueue,
  inspectRedis,
  isOurs,
  openJournal,
  openRedis,
  untilReady,
} from '@snapferry/redis'
import type { RedisSight } from './sight.ts'

/** What the doctor asks Redis, by reads alone. */
export interface DoctorRedis {
  /** Rejects when Redis does not answer. */
  facts(): Promise<Omit<RedisSight, 'compared' | 'things'>>
  /** The oldest unended records, at most so many. */
  unended(max: number): Promise<readonly Migration[]>
  close(): void
}

const READY_MS = 5_000
const OVERDUE_MS = 60_000
const OVERDUE_MAX = 1_000

/** Opens the connection; it may be that nobody is there, which the first question tells. */
export function openDoctorRedis(url: string, mine: Installation, clock: () => number): DoctorRedis {
  const redis = openRedis(url, 'requests')
  const journal = openJournal(redis, {
    install: mine.install,
    sandbox: mine.mode === 'sandbox',
    leftoverRetryMs: POLICY.leftoverRetryMs,
  })
  let waiting: Promise<void> | null = null
  const ready = (): Promise<void> => {
    waiting ??= untilReady(redis, READY_MS)
    return waiting
  }
  return {
    async facts() {
      await ready()
      const installation = await checkInstallation(redis, mine)
      const { now } = await journal.clock()
      const counts = await journal.counts()
      const { queued, running, unwinding, needs_attention } = counts
      return {
        installation,
        facts: await inspectRedis(redis),
        skewMs: await clockSkewMs(redis, clock),
        queue: await inspectQueue(redis),
        overdue: (await journal.overdue(now - OVERDUE_MS, OVERDUE_MAX)).length,
        unended: queued + running + unwinding + needs_attention,
      }
    },
    async unended(max) {
      await ready()
      const owner = await checkInstallation(redis, mine)
      if (!owner.ok) return []
      const page = await journal.unended('', max)
      return page.items.map(({ record }) => record).filter(isOurs)
    },
    close: () => redis.disconnect(),
  }
}
