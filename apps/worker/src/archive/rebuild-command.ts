import {
  type Copy,
  foldCopies,
  type RebuiltRow,
  type Remains,
  rebuildCatalogue,
  toWrite,
} from '@snapferry/migration'
import { breakLines, walkedLines } from './chain-words.ts'
import type { Books, Desk } from './desk.ts'
import { ARCHIVE_EXIT, type ArchiveExit } from './exit.ts'
import { lookForCopies } from './look-for-copies.ts'
import type { ArchiveOptions } from './options.ts'
import { walkChain } from './read-chain.ts'
import { table } from './table.ts'

const WORDS: Readonly<Record<RebuiltRow['is'], string>> = {
  kept: 'in Redis',
  archive: 'archived',
  tags: 'from tags',
  unseen: 'archived, not seen',
  gone: 'gone',
}

/**
 * Builds the catalogue of copies anew, of what Redis still has, the archive, and the tags at the provider. Shows what it would
 * write; `--yes` writes it. What Redis has is never replaced, and nothing at the provider is changed.
 */
export async function rebuildCopies(desk: Desk, o: ArchiveOptions): Promise<ArchiveExit> {
  const archived = o.tagsOnly === true ? new Map<string, Copy>() : await archivedCopies(desk, o)
  if (archived === null) return ARCHIVE_EXIT.refused
  const books = await desk.books()
  const provider = await desk.provider()
  const seen = await lookForCopies(provider, archived, o)
  const remains: Remains = {
    ...{ install: desk.config.install, archived, shown: seen.shown, tagged: seen.tagged },
    kept: await keptCopies(books),
  }
  const rows = rebuildCatalogue(remains)
  for (const line of tableOf(rows)) desk.say(line)
  for (const line of seen.unseen) desk.say(`! ${line}`)
  const copies = toWrite(rows)
  if (o.yes === true) {
    let added = 0
    for (const copy of copies) added += (await books.copies.putNew(copy)) ? 1 : 0
    desk.say(`✔ ${added} copies written to the catalogue, which has ${await books.copies.count()} now`)
  } else desk.say(`${copies.length} copies would be written: run it again with --yes. Nothing was changed.`)
  return seen.unseen.length === 0 ? ARCHIVE_EXIT.done : ARCHIVE_EXIT.refused
}

/** The catalogue as the archive has it; null when the chain is broken, which was then said. */
async function archivedCopies(desk: Desk, o: ArchiveOptions): Promise<Map<string, Copy> | null> {
  const copies = new Map<string, Copy>()
  const store = await desk.store(o.from)
  const through = o.through ?? null
  const walked = await walkChain(store, {
    install: desk.config.install,
    through,
    onPart: ({ lines, link }) => {
      for (const line of lines) foldCopies(copies, line)
      desk.tell(`${link.name}: whole`)
    },
  })
  for (const line of walkedLines(walked, through)) desk.say(line)
  if (walked.broken === null) return copies
  for (const line of breakLines(walked.broken)) desk.say(line)
  desk.say('Without the archive: --tags-only. Nothing was changed.')
  return null
}

async function keptCopies({ copies }: Books): Promise<Map<string, Copy>> {
  const kept = new Map<string, Copy>()
  for (let cursor = ''; cursor !== '0'; ) {
    const page = await copies.page(cursor || '0')
    for (const copy of page.items) kept.set(copy.id, copy)
    cursor = page.cursor
  }
  return kept
}

function tableOf(rows: readonly RebuiltRow[]): readonly string[] {
  const counts = Object.entries(WORDS).flatMap(([is, words]) => {
    const count = rows.filter((row) => row.is === is).length
    return count === 0 ? [] : [`${count} ${words}`]
  })
  const cells = rows.map(({ is, copy, lost }) => [
    ...[copy.id, copy.zone, copy.backend, WORDS[is], copy.migration],
    lost.length === 0 ? '' : `not told: ${lost.join(', ')}`,
  ])
  return [
    ...table(['copy', 'zone', 'backend', 'is', 'migration', ''], cells),
    `${rows.length} copies: ${counts.join(', ') || 'none'}`,
  ]
}
