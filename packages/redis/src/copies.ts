import { type Copy, type CopyGoneLine, type CopyLine, hashOf, readCopy } from '@snapferry/migration'
import type { Redis } from 'ioredis'
import { keyOf } from './keys.ts'
import { ask } from './redis-away.ts'
import { defineScripts } from './scripts.ts'

/** The catalogue of copies: one entry for each proven copy. An append that proves one writes its entry itself. */
export interface Copies {
  get(id: string): Promise<Copy | null>
  /** A part of the catalogue after `cursor` ('0' = from the start), in no order; cursor '0' ends the round. */
  page(cursor: string): Promise<{ readonly items: readonly Copy[]; readonly cursor: string }>
  /** Adds or replaces an entry. */
  put(copy: Copy): Promise<void>
  /** Adds an entry unless there is one of that id; whether it did. */
  putNew(copy: Copy): Promise<boolean>
  /** Takes an entry out; whether there was one. The copy itself stays where it is. */
  remove(id: string): Promise<boolean>
  count(): Promise<number>
  /** What no archive has: entries proven before `untilMs` that are new or changed, and copies that were taken out. */
  fresh(untilMs: number): AsyncIterable<CopyLine | CopyGoneLine>
  /** Forgets that any entry was archived. */
  unmark(): Promise<void>
  /** The archive has these lines. Those of copies that are not here mark nothing: what was lost here is not gone. */
  archived(lines: readonly (CopyLine | CopyGoneLine)[]): Promise<void>
}

const PAGE = 500

/** Opens the catalogue on a connection that the caller closes. */
export function openCopies(redis: Redis): Copies {
  defineScripts(redis)
  const answer = <T>(question: () => Promise<T>) => ask(redis, question)
  const page = (key: string, cursor: string) =>
    answer(async () => {
      const [next, flat] = await redis.hscan(key, cursor, 'COUNT', PAGE)
      const pairs = flat.flatMap((id, at) => (at % 2 === 0 ? [[id, flat[at + 1] ?? ''] as const] : []))
      return { pairs, cursor: next }
    })
  return {
    get: async (id) => {
      const text = await answer(() => redis.hget(keyOf.copies, id))
      return text === null ? null : copyOfText(text)
    },
    page: async (cursor) => {
      const { pairs, cursor: next } = await page(keyOf.copies, cursor)
      return { items: pairs.map(([, text]) => copyOfText(text)), cursor: next }
    },
    put: async (copy) => {
      await answer(() => redis.hset(keyOf.copies, copy.id, JSON.stringify(copy)))
    },
    putNew: async (copy) =>
      (await answer(() => redis.hsetnx(keyOf.copies, copy.id, JSON.stringify(copy)))) === 1,
    remove: async (id) =>
      (await answer(() => redis.sfRemoveCopy(keyOf.copies, keyOf.copiesArchived, id))) === 1,
    count: () => answer(() => redis.hlen(keyOf.copies)),
    fresh: (untilMs) => freshLines(redis, page, untilMs),
    unmark: async () => {
      await answer(() => redis.unlink(keyOf.copiesArchived))
    },
    archived: (lines) => answer(() => mark(redis, lines)),
  }
}

type PageOf = (
  key: string,
  cursor: string,
) => Promise<{ readonly pairs: readonly (readonly [string, string])[]; readonly cursor: string }>

async function* freshLines(
  redis: Redis,
  page: PageOf,
  untilMs: number,
): AsyncIterable<CopyLine | CopyGoneLine> {
  for (let cursor = ''; cursor !== '0'; ) {
    const { pairs, cursor: next } = await page(keyOf.copies, cursor || '0')
    const known = await marksOf(redis, keyOf.copiesArchived, pairs)
    for (const [at, [, text]] of pairs.entries()) {
      const copy = copyOfText(text)
      if (known[at] !== fingerprint(copy) && copy.provenAt < untilMs) yield { kind: 'copy', copy }
    }
    cursor = next
  }
  for (let cursor = ''; cursor !== '0'; ) {
    const { pairs, cursor: next } = await page(keyOf.copiesArchived, cursor || '0')
    const there = await marksOf(redis, keyOf.copies, pairs)
    for (const [at, [id]] of pairs.entries()) if (there[at] === null) yield { kind: 'copy-gone', id }
    cursor = next
  }
}

async function marksOf(
  redis: Redis,
  key: string,
  pairs: readonly (readonly [string, string])[],
): Promise<readonly (string | null)[]> {
  return pairs.length === 0 ? [] : await ask(redis, () => redis.hmget(key, ...pairs.map(([id]) => id)))
}

async function mark(redis: Redis, lines: readonly (CopyLine | CopyGoneLine)[]): Promise<void> {
  for (let at = 0; at < lines.length; at += PAGE) {
    const marks = lines
      .slice(at, at + PAGE)
      .flatMap((line) => (line.kind === 'copy' ? [line.copy.id, fingerprint(line.copy)] : [line.id, '']))
    await redis.sfMarkCopies(keyOf.copies, keyOf.copiesArchived, ...marks)
  }
}

/** Tells one state of an entry from another. */
function fingerprint(copy: Copy): string {
  return hashOf(JSON.stringify(copy))
    .map((half) => half.toString(16).padStart(8, '0'))
    .join('')
}

function copyOfText(text: string): Copy {
  const copy = readCopy(JSON.parse(text))
  if (copy === null) throw new Error(`not an entry of the catalogue: ${text.slice(0, 80)}`)
  return copy
}
