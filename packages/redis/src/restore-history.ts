import {
  canonicalJson,
  comparePlaces,
  dueAt,
  isEnded,
  type Migration,
  type MigrationLine,
  type Part,
  partName,
  readPartName,
} from '@snapferry/migration'
import type { Redis } from 'ioredis'
import { entriesOf, without } from './index-entries.ts'
import { keyOf } from './keys.ts'
import { isOurs, recordOf } from './record-text.ts'
import { ask } from './redis-away.ts'
import { defineScripts } from './scripts.ts'

/**
 * What became of an archived migration. `written`; `same`: it is here just so; `newer`: more is known here; `under-way`: here it
 * has not ended, and a worker may be at it; `other`: here another history of the same length stands; `unknown-rules`: a later
 * program wrote it.
 */
export type Restored = 'written' | 'same' | 'newer' | 'under-way' | 'other' | 'unknown-rules'

/** How often a record that changes meanwhile is read again. */
const TRIES_MAX = 5

/**
 * Puts one finished migration back from an archive, with its events, indexes and alarm for what is left to do. Nothing newer is
 * overwritten; of two archived lines the later one wins, in whatever order they come.
 */
export async function restoreHistory(
  redis: Redis,
  line: MigrationLine,
  o: { readonly part: Part; readonly now: number; readonly leftoverRetryMs: number },
): Promise<Restored> {
  defineScripts(redis)
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    const there = await read(redis, line)
    const verdict = judge(there, line, o.part)
    if (verdict !== 'written') return verdict
    if (await write(redis, line, there, o)) return 'written'
  }
  return 'under-way'
}

/** What Redis has of a migration. */
interface There {
  readonly v: string
  readonly record: Migration
  readonly text: string
  readonly events: readonly string[]
  /** The part it was put back from, when nothing happened to it since. */
  readonly importedFrom: Part | null
}

async function read(redis: Redis, { id }: MigrationLine): Promise<There | null> {
  const reading = redis
    .multi()
    .hmget(keyOf.record(id), 'v', 'record', 'imported', 'archived')
    .lrange(keyOf.events(id), 0, -1)
  const [fields, events] = await ask(redis, async () => (await reading.exec()) ?? [])
  const error = fields?.[0] ?? events?.[0]
  if (error) throw error
  const [v, text, imported, archived] = (fields?.[1] ?? []) as (string | null)[]
  if (!v || !text) return null
  const texts = (events?.[1] ?? []) as string[]
  const isUntouched = Number(archived ?? -1) === texts.length
  const importedFrom = imported && isUntouched ? readPartName(imported) : null
  return { v, record: recordOf(text), text, events: texts, importedFrom }
}

function judge(there: There | null, line: MigrationLine, part: Part): Restored {
  if (!isOurs(line.record)) return 'unknown-rules'
  if (there === null) return 'written'
  const isSame =
    canonicalJson(JSON.parse(there.text)) === canonicalJson(line.record) &&
    canonicalJson(there.events.map((text) => JSON.parse(text))) === canonicalJson(line.events)
  if (isSame) return 'same'
  if (!isEnded(there.record)) return 'under-way'
  if (there.importedFrom !== null) return comparePlaces(there.importedFrom, part) < 0 ? 'written' : 'newer'
  if (there.events.length > line.events.length) return 'newer'
  return there.events.length < line.events.length ? 'written' : 'other'
}

async function write(
  redis: Redis,
  line: MigrationLine,
  there: There | null,
  o: { readonly part: Part; readonly now: number; readonly leftoverRetryMs: number },
): Promise<boolean> {
  const record = recordOf(JSON.stringify(line.record))
  const entries = entriesOf(record)
  const had = there === null ? [] : entriesOf(there.record)
  const [left, entered] = [without(had, entries), without(entries, had)]
  const order = {
    id: line.id,
    v: there?.v ?? '',
    // Whoever still holds a reading of before must find another version.
    newV: String(there === null ? line.v : Math.max(line.v, Number(there.v) + 1)),
    wakeAt: line.wakeAt,
    fingerprint: line.fingerprint,
    naturals: JSON.stringify(line.naturals),
    dueAt: dueAt(record, o.leftoverRetryMs, o.now) ?? -1,
    part: partName(o.part),
    left: left.map((entry) => entry.member),
    entered: entered.map((entry) => entry.member),
  }
  const keys = [
    ...[keyOf.record(line.id), keyOf.events(line.id), keyOf.due],
    ...[...left, ...entered].map((entry) => entry.key),
  ]
  const texts = [line.record, line.pulse, ...line.events].map((value) => JSON.stringify(value))
  return (await ask(redis, () => redis.sfImport(keys.length, ...keys, JSON.stringify(order), ...texts))) === 1
}
