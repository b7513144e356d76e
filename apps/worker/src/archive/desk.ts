import type { ArchiveStore } from '@snapferry/migration'
import { POLICY } from '@snapferry/migration'
import {
  type Audit,
  type Copies,
  type HistoryPages,
  openAudit,
  openCopies,
  openHistoryPages,
  openJournal,
  openRedis,
  type RedisJournal,
  untilReady,
} from '@snapferry/redis'
import { openProvider, type Provider } from '@snapferry/scaleway'
import type { Config } from '../config.ts'
import { openFitRedis } from '../fit-redis.ts'
import { ArchiveTrouble } from './archive-trouble.ts'
import { openFolderStore } from './folder-store.ts'

/** A Redis of this installation, with everything of it that an archive is made of or put back into. */
export interface Books {
  readonly redis: ReturnType<typeof openRedis>
  readonly journal: RedisJournal
  readonly pages: HistoryPages
  readonly audit: Audit
  readonly copies: Copies
}

/** What a command works at: the settings, the provider, and where to talk. Everything it opens it closes. */
export interface Desk extends AsyncDisposable {
  readonly config: Config
  /** A result: goes to stdout. */
  say(line: string): void
  /** How far it is: goes to stderr. */
  tell(line: string): void
  /** The archive: in a folder when one is named, else in the bucket of the settings. */
  store(folder: string | undefined): Promise<ArchiveStore>
  /** Whether the settings name a bucket for the archive. */
  readonly hasBucket: boolean
  provider(): Promise<Provider>
  /** The Redis of the settings, checked as a worker does; throws with what to do. */
  books(): Promise<Books>
  /** The same when it answers at once; null when it does not, or belongs to another installation. */
  booksIfThere(): Promise<Books | null>
}

/** Whoever only likes to ask does not wait for a Redis that is gone. */
const ASK_MS = 1_000

/** Opens a desk. `mayWrite`: whether the provider client lets writes leave. */
export function openDesk(
  config: Config,
  o: { readonly say: Desk['say']; readonly tell: Desk['tell']; readonly mayWrite: boolean },
): Desk {
  const stack = new AsyncDisposableStack()
  let provider: Promise<Provider> | null = null
  const opened = (): Promise<Provider> => {
    const stopping = new AbortController().signal
    provider ??= openProvider(config.access, { stopping, readOnly: !o.mayWrite, readMs: 60_000 }).then(
      (one) => stack.use(one),
    )
    return provider
  }
  const bucket = config.archive?.bucket ?? null
  return {
    config,
    say: o.say,
    tell: o.tell,
    hasBucket: bucket !== null,
    provider: opened,
    async store(folder) {
      if (folder !== undefined) return openFolderStore(folder)
      if (bucket === null || config.archive === undefined)
        throw new ArchiveTrouble(
          'there is no bucket for the archive: set SNAPFERRY_ARCHIVE_BUCKET, or name a folder with --from or --to',
        )
      const { prefix } = config.archive
      return (await opened()).archiveAt({ ...bucket, prefix, install: config.install })
    },
    books: async () => {
      const redis = stack.adopt(await openFitRedis(config, Date.now), (open) => open.disconnect())
      return booksOn(redis, config)
    },
    async booksIfThere() {
      const redis = stack.adopt(openRedis(config.redisUrl, 'requests'), (open) => open.disconnect())
      const isReady = await untilReady(redis, ASK_MS).then(
        () => true,
        () => false,
      )
      return isReady ? booksOn(redis, config) : null
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}

function booksOn(redis: Books['redis'], { install, mode }: Config): Books {
  const sandbox = mode === 'sandbox'
  return {
    redis,
    journal: openJournal(redis, { install, sandbox, leftoverRetryMs: POLICY.leftoverRetryMs }),
    pages: openHistoryPages(redis),
    audit: openAudit(redis, { sandbox }),
    copies: openCopies(redis),
  }
}
