import {
  type ArchiveStore,
  dataName,
  dayBefore,
  dayOf,
  manifestName,
  manifestText,
} from '@snapferry/migration'
import { sourceOf } from './archive-source.ts'
import { ArchiveTrouble, fromStore } from './archive-trouble.ts'
import { breakLines } from './chain-words.ts'
import type { Desk } from './desk.ts'
import { ARCHIVE_EXIT, type ArchiveExit } from './exit.ts'
import { holdingLease } from './hold-lease.ts'
import type { ArchiveOptions } from './options.ts'
import { walkChain } from './read-chain.ts'
import { writeArchive } from './write-archive.ts'

/**
 * Brings the archive up to yesterday, or to `--day`. With `--to` and a bucket, the folder then becomes a copy of it; without a
 * bucket the folder is the archive.
 */
export async function exportArchive(desk: Desk, o: ArchiveOptions): Promise<ArchiveExit> {
  const isFolder = o.to !== undefined && !desk.hasBucket
  const store = await desk.store(isFolder ? o.to : undefined)
  const books = await desk.books()
  const { now } = await books.journal.clock()
  const until = o.day ?? dayBefore(dayOf(now))
  if (until > dayOf(now)) throw new ArchiveTrouble(`${until} has not begun: today is ${dayOf(now)} (UTC)`)
  const source = sourceOf(books)
  if (o.anew === true) await source.unmark()
  const { install } = desk.config
  const written = await holdingLease(books.redis, (signal) =>
    writeArchive({
      ...{ store, source, install, now, until, signal },
      onPart: ({ day, part, lines, bytes }) =>
        desk.tell(
          `${day} part ${part}: ${lines.migration} migrations, ${lines.audit} audit lines, ${bytes} bytes`,
        ),
    }),
  )
  const how = written.parts === 0 ? 'nothing to write' : `${written.parts} parts written`
  desk.say(`${store.place}: ${how}, archived through ${written.head === null ? 'no day' : until}`)
  if (written.head !== null) desk.say(`newest ${written.head.name}, head ${written.head.sha256}`)
  return o.to === undefined || isFolder ? ARCHIVE_EXIT.done : copyTo(desk, store, o.to)
}

/** Copies every part that is missing there; each was found whole before. */
async function copyTo(desk: Desk, store: ArchiveStore, folder: string): Promise<ArchiveExit> {
  const copy = await desk.store(folder)
  const counts = { written: 0, exists: 0 }
  const walked = await walkChain(store, {
    install: desk.config.install,
    onPart: async ({ manifest, link }) => {
      const lines = await fromStore(`${link.name} cannot be read`, store.get(dataName(manifest)))
      if (lines === null) throw new ArchiveTrouble(`${link.name} has gone meanwhile`)
      counts[await fromStore(`${link.name} cannot be copied`, copy.putIfAbsent(dataName(manifest), lines))]++
      const text = Buffer.from(manifestText(manifest))
      await fromStore(`${link.name} cannot be copied`, copy.putIfAbsent(manifestName(manifest), text))
    },
  })
  desk.say(`${copy.place}: ${counts.written} parts copied, ${counts.exists} were there`)
  const there = walked.broken ?? (await walkChain(copy, { install: desk.config.install })).broken
  if (there === null) return ARCHIVE_EXIT.done
  for (const line of breakLines(there)) desk.say(line)
  return ARCHIVE_EXIT.refused
}
