import {
  type Chore,
  openAudit,
  openCopies,
  openHistoryPages,
  type openRedis,
  type RedisJournal,
} from '@snapferry/redis'
import type { Provider } from '@snapferry/scaleway'
import type { Telemetry } from '@snapferry/telemetry'
import { archiveChore, janitorChore } from './archive-chores.ts'
import type { ArchiveConfig } from './archive-config.ts'
import { sourceOf } from './archive-source.ts'

/** What the chores of history are put together from. */
export interface HistoryParts {
  readonly redis: ReturnType<typeof openRedis>
  readonly journal: Pick<RedisJournal, 'clock'>
  readonly provider: Pick<Provider, 'archiveAt'>
  readonly telemetry: Pick<Telemetry, 'log'>
  readonly install: string
  readonly sandbox: boolean
}

/** The chores `archive` and `janitor` of a worker; none when it was told nothing about history. */
export function historyChores(parts: HistoryParts, config: ArchiveConfig | undefined): readonly Chore[] {
  if (config === undefined) return []
  const { redis, install, telemetry } = parts
  const { prefix, bucket, limits } = config
  const store = bucket === null ? null : parts.provider.archiveAt({ ...bucket, prefix, install })
  const audit = openAudit(redis, { sandbox: parts.sandbox })
  const needs = {
    install,
    audit,
    limits,
    redis,
    source: sourceOf({ pages: openHistoryPages(redis), audit, copies: openCopies(redis) }),
    now: async () => (await parts.journal.clock()).now,
    archived: (fact: object) => telemetry.log.info(fact, 'history archived'),
    forgot: (fact: object) => telemetry.log.info(fact, 'history removed'),
    keptAll: (why: string) => telemetry.log.warn({ why }, 'history not removed'),
  }
  const janitor = janitorChore({ ...needs, store })
  return store === null ? [janitor] : [archiveChore({ ...needs, store }), janitor]
}
