import {
  type ArchiveStore,
  type Day,
  dayBefore,
  dayOf,
  manifestName,
  readPartName,
} from '@snapferry/migration'
import { type Audit, type Chore, type Forgotten, forgetHistory, type HistoryLimits } from '@snapferry/redis'
import type { ArchiveSource } from './archive-source.ts'
import { ArchiveTrouble, fromStore } from './archive-trouble.ts'
import { holdingLease } from './hold-lease.ts'
import { sha256 } from './sha256.ts'
import { writeArchive } from './write-archive.ts'

/** What the two chores of history need. */
export interface ArchiveChoresNeeds {
  readonly install: string
  /** null: there is no bucket to archive to. */
  readonly store: ArchiveStore | null
  readonly source: ArchiveSource
  readonly audit: Audit
  readonly limits: HistoryLimits
  readonly redis: Parameters<typeof forgetHistory>[0]
  /** The one clock, milliseconds since 1970. */
  now(): Promise<number>
  /** Told of each day's worth of parts that was written. */
  archived(fact: { readonly through: Day; readonly parts: number }): void
  forgot(fact: Forgotten): void
  /** Told when nothing can be removed, and why; once as long as the reason stays. */
  keptAll(why: string): void
}

/** A day is written when it has been over for so long: what was decided just before midnight is recorded by then. */
const GRACE_MS = 15 * 60_000
const ARCHIVE_EVERY_MS = 10 * 60_000
const JANITOR_EVERY_MS = 60 * 60_000

/** The chore `archive`: each day that is over, and those that were missed. */
export function archiveChore(needs: ArchiveChoresNeeds & { readonly store: ArchiveStore }): Chore {
  let through: Day | null = null
  return {
    name: 'archive',
    everyMs: ARCHIVE_EVERY_MS,
    run: async (signal) => {
      const { store, source, install } = needs
      const now = await needs.now()
      const until = dayBefore(dayOf(now - GRACE_MS))
      if (through !== null && until <= through) return
      const written = await holdingLease(needs.redis, (lost) =>
        writeArchive({ store, source, install, now, until, signal: AbortSignal.any([signal, lost]) }),
      )
      if (!written.isWhole) return
      through = until
      if (written.parts > 0) needs.archived({ through: until, parts: written.parts })
    },
  }
}

/**
 * The chore `janitor`: removes history that is old or too much of it, as far as the archive has it. It asks first that the newest
 * archived part is still there: marks in Redis say nothing about a bucket that was emptied.
 */
export function janitorChore(needs: ArchiveChoresNeeds): Chore {
  let said: string | null = null
  return {
    name: 'janitor',
    everyMs: JANITOR_EVERY_MS,
    run: async (signal) => {
      const why = await whyNot(needs)
      if (why !== null && why !== said) needs.keptAll(why)
      said = why
      if (why !== null) return
      const { redis, audit, limits } = needs
      const forgotten = await forgetHistory(redis, audit, { now: await needs.now(), limits, signal })
      if (forgotten.removed > 0 || forgotten.auditLines > 0) needs.forgot(forgotten)
    },
  }
}

/** Why nothing may be removed now, or null. */
async function whyNot({ store, source }: ArchiveChoresNeeds): Promise<string | null> {
  if (store === null) return 'there is no bucket for the archive: set SNAPFERRY_ARCHIVE_BUCKET'
  const head = await source.head()
  if (head === null) return 'nothing has been archived yet'
  const part = readPartName(head.name)
  if (part === null) throw new ArchiveTrouble(`${head.name} is no part of an archive`)
  const there = await fromStore(`${head.name} cannot be read`, store.get(manifestName(part)))
  return there !== null && sha256(there) === head.sha256
    ? null
    : `the newest part of the archive, ${head.name}, is no longer in ${store.place} as it was written`
}
