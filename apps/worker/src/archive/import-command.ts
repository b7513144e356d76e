import { type AuditArchived, type MigrationLine, POLICY } from '@snapferry/migration'
import { type Restored, restoreHistory } from '@snapferry/redis'
import { breakLines, walkedLines } from './chain-words.ts'
import type { Books, Desk } from './desk.ts'
import { ARCHIVE_EXIT, type ArchiveExit } from './exit.ts'
import type { ArchiveOptions } from './options.ts'
import { type GoodPart, type Walked, walkChain } from './read-chain.ts'

/** Migrations written side by side. */
const AT_ONCE = 32

const WORDS: Readonly<Record<Restored, string>> = {
  written: 'put back',
  same: 'were here just so',
  newer: 'left: more is known of them here',
  'under-way': 'left: they have not ended here',
  other: 'left: another history of the same length stands here',
  'unknown-rules': 'left: a later program wrote them',
}

/**
 * Puts finished migrations, their events and the audit back into a Redis, empty or not. The whole chain is read first; when it is
 * broken nothing is changed, unless `--through` names a day before the break.
 */
export async function importArchive(desk: Desk, o: ArchiveOptions): Promise<ArchiveExit> {
  const store = await desk.store(o.from)
  const through = o.through ?? null
  const chain = { install: desk.config.install, through }
  const found = await walkChain(store, { ...chain, onPart: ({ link }) => desk.tell(`${link.name}: whole`) })
  for (const line of walkedLines(found, through)) desk.say(line)
  if (found.broken !== null) return refused(desk, found)
  if (found.head === null) {
    desk.say('✘ there is nothing to put back; nothing was changed')
    return ARCHIVE_EXIT.refused
  }
  const books = await desk.books()
  const tally = new Map<Restored, number>()
  const audit = { lines: 0, restored: 0 }
  const walked = await walkChain(store, {
    ...chain,
    onPart: async (part) => {
      await putBack(books, part, tally)
      const lines = part.lines.filter((line): line is AuditArchived => line.kind === 'audit')
      audit.lines += lines.length
      audit.restored += await books.audit.restore(lines)
      desk.tell(`${part.link.name}: put back`)
    },
  })
  if (walked.broken !== null) return refused(desk, walked)
  if (through === null && walked.head !== null && (await books.pages.head()) === null)
    await books.pages.remember(walked.head)
  for (const [outcome, count] of tally) desk.say(`${count} migrations ${WORDS[outcome]}`)
  desk.say(`${audit.restored} of ${audit.lines} audit lines put back, the others were here`)
  desk.say(
    'Migrations that had not ended are in no archive. What they made is found by the sweep of orphans.',
  )
  desk.say('The catalogue of copies comes back with: pnpm archive rebuild')
  return ARCHIVE_EXIT.done
}

function refused(desk: Desk, { broken, parts }: Walked): ArchiveExit {
  for (const line of broken === null ? [] : breakLines(broken)) desk.say(line)
  desk.say(parts === 0 ? 'Nothing was changed.' : 'Nothing after that was put back.')
  return ARCHIVE_EXIT.refused
}

async function putBack(books: Books, part: GoodPart, tally: Map<Restored, number>): Promise<void> {
  const lines = part.lines.filter((line): line is MigrationLine => line.kind === 'migration')
  const { now } = await books.journal.clock()
  const o = { part: part.manifest, now, leftoverRetryMs: POLICY.leftoverRetryMs }
  for (let at = 0; at < lines.length; at += AT_ONCE) {
    const some = lines.slice(at, at + AT_ONCE)
    const outcomes = await Promise.all(some.map((line) => restoreHistory(books.redis, line, o)))
    for (const outcome of outcomes) tally.set(outcome, (tally.get(outcome) ?? 0) + 1)
  }
}
