import { apply, firstRecord, isEnded, type Migration, type MigrationId } from '@snapferry/migration'
import type { World } from '../src/index.ts'
import type { Script } from './voyage.ts'

/** How a voyage ended, and what is wrong with that. */
export interface Verdict {
  readonly outcome: string
  readonly wrong: readonly string[]
}

const EVENTS_MAX = 1_000

/**
 * Looks at the end of a voyage: the state is one it may end in; one good copy or none; of exports and imports nothing
 * else is left; the ledger is empty or what stays is reported; events fold to the record; nothing is held.
 */
export async function verdictOf(world: World, id: MigrationId, script: Script): Promise<Verdict> {
  const isAhead = (what: string): boolean => what.includes('says it happens')
  const wrong = world.story.broken.filter((what) => !(script.trouble?.jumps === true && isAhead(what)))
  const record = (await world.journal.read(id))?.record
  // A Redis that lost the very request was never asked; the API's own promise covers that.
  if (record === undefined) return { outcome: 'forgotten', wrong: [...wrong, ...lostBy(script)] }
  if (!isEnded(record)) return { outcome: record.state, wrong: [...wrong, `it stands in ${record.state}`] }
  wrong.push(
    ...endingOf(record, script),
    ...thingsOf(world, record),
    ...ledgerOf(record),
    ...(await historyOf(world, record)),
  )
  for (const [name, table] of [
    ['claim', world.memory.claims] as const,
    ['key', world.memory.naturals] as const,
    ['place', world.memory.places] as const,
  ])
    if (table.size > 0) wrong.push(`a ${name} is still held`)
  const left = record.ledger.filter(({ state }) => state === 'left').length
  const rest = left > 0 ? 'a leftover named' : record.state === 'succeeded' ? 'one good copy' : 'nothing left'
  return { outcome: `${record.state}, ${rest}`, wrong }
}

function lostBy({ trouble }: Script): string[] {
  return trouble?.forgets === true ? [] : ['the record is gone']
}

function endingOf({ state }: Migration, { journey, trouble, isLasting = false, fate }: Script): string[] {
  const usual = journey === 'forward' ? 'succeeded' : 'cancelled'
  if (state === usual) return []
  const mayDiffer = trouble?.heals === false || isLasting || fate !== undefined
  // A cancel that Redis forgot was not asked for; what it had removed by then may be missing on the way forward.
  const isForgotten = trouble?.forgets === true && journey === 'cancelled'
  return mayDiffer || isForgotten ? [] : [`it ended ${state} instead of ${usual}`]
}

/** What of ours there is at the provider. */
function thingsOf(world: World, m: Migration): string[] {
  const stays = new Set(
    m.ledger.filter(({ state }) => state === 'left' || state === 'kept').map(({ thing }) => thing.id),
  )
  const { cloud } = world
  const rows = [...cloud.rows.values()].filter(({ by, goneAt }) => by === m.id && goneAt === null)
  const copies = rows.filter(({ image }) => image !== null)
  const extra = rows.filter(({ id }) => !stays.has(id) && !(m.state === 'succeeded' && id === m.facts.copy))
  const images = [...cloud.objects.values()].filter(
    ({ key, isForeign }) => !isForeign && key.includes(m.id) && !stays.has(key),
  )
  const wrong = [...extra.map(({ id }) => `${id} is left`), ...images.map(({ key }) => `${key} is left`)]
  const isTakenAway = world.witness.note(m.id).meddled.has('copy')
  if (m.state === 'succeeded' && !isTakenAway && copies.filter(({ id }) => id === m.facts.copy).length !== 1)
    wrong.push('it succeeded without its copy')
  return wrong
}

function ledgerOf({ ledger, facts, state }: Migration): string[] {
  return ledger
    .filter((item) => item.state === 'made' || item.state === 'disowned')
    .filter(({ thing }) => !(state === 'succeeded' && thing.id === facts.copy))
    .map(({ thing, state: stands }) => `${thing.what} ${thing.id} is still ${stands} in the ledger`)
}

async function historyOf({ journal }: World, m: Migration): Promise<string[]> {
  const [first, ...events] = await journal.events(m.id, 0, EVENTS_MAX)
  if (first?.type !== 'created') return ['the first event is not its creation']
  const told = events.reduce(apply, firstRecord(first))
  return JSON.stringify(sorted(told)) === JSON.stringify(sorted(m))
    ? []
    : ['the events do not fold to the record']
}

/** The same value with the keys of all objects in one order. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([k, v]) => [k, sorted(v)]),
  )
}
