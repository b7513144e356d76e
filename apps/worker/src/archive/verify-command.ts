import type { Link } from '@snapferry/migration'
import { breakLines, walkedLines } from './chain-words.ts'
import type { Desk } from './desk.ts'
import { ARCHIVE_EXIT, type ArchiveExit } from './exit.ts'
import type { ArchiveOptions } from './options.ts'
import { walkChain } from './read-chain.ts'

/** Reads the whole chain, every byte, and names the first day that is not as it was written. Changes nothing. */
export async function verifyArchive(desk: Desk, o: ArchiveOptions): Promise<ArchiveExit> {
  const store = await desk.store(o.from)
  const through = o.through ?? null
  const tally = { migration: 0, audit: 0, copy: 0, 'copy-gone': 0 }
  const walked = await walkChain(store, {
    install: desk.config.install,
    through,
    remembered: through === null ? await rememberedBy(desk, o) : null,
    onPart: ({ manifest }) => {
      for (const [kind, count] of Object.entries(manifest.lines)) tally[kind as keyof typeof tally] += count
      desk.tell(`${manifest.day} part ${manifest.part}: whole`)
    },
  })
  desk.say(`${store.place}: ${tally.migration} migrations, ${tally.audit} audit lines, ${tally.copy} copies`)
  for (const line of walkedLines(walked, through)) desk.say(line)
  const { broken } = walked
  const isOtherHead = broken === null && o.head !== undefined && walked.head?.sha256 !== o.head
  if (isOtherHead)
    desk.say(`✘ the newest part is not the one with head ${o.head}: parts are missing, or were replaced.`)
  for (const line of broken === null ? [] : breakLines(broken)) desk.say(line)
  if (broken !== null || isOtherHead) return ARCHIVE_EXIT.refused
  desk.say('✔ the chain is whole')
  return ARCHIVE_EXIT.done
}

/** A chain that was cut at its end looks whole: only somebody who remembers the end can tell. */
async function rememberedBy(desk: Desk, o: ArchiveOptions): Promise<Link | null> {
  if (o.head !== undefined || o.from !== undefined) return null
  const books = await desk.booksIfThere()
  const head = books === null ? null : await books.pages.head()
  if (head === null)
    desk.tell('No Redis remembers the newest part: compare the head below with one you noted (--head).')
  return head
}
