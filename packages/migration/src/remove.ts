import type { CloudFailure } from './cloud-failure.ts'
import { type Decision, type Moment, record, write } from './decision.ts'
import type { Found } from './event.ts'
import { everyRoundOf, mayHaveForgotten } from './forgotten.ts'
import { backendOf } from './ids.ts'
import { type Item, itemOf, type Thing } from './ledger.ts'
import type { Lost, Migration } from './migration.ts'
import { isProvenCopy } from './moves.ts'
import { keyPrefix, type Plan, wipTag } from './plan.ts'
import type { Policy } from './policy.ts'
import type { Question, RowLook, Seen, TagLook } from './question.ts'
import type { Phase } from './route.ts'
import type { SnapshotSeen } from './seen.ts'
import { blocked, wait } from './waiting.ts'
import type { WhyCode } from './why.ts'

/** The lines still to be removed: everything made or disowned, never the copy of a proven record. */
export function openItems(m: Migration): readonly Item[] {
  return m.ledger.filter(
    (item) => (item.state === 'made' || item.state === 'disowned') && !isProvenCopy(m, item.thing.id),
  )
}

/** What the remover looks at before it deletes: the snapshots themselves, and the source of an image that may still be written, for the provider may not have finished. */
export function removalNeeds(m: Migration, items: readonly Item[]): Question {
  const source = mayBeWritten(m, items) ? ofSource(m) : {}
  const rows = items.flatMap(({ thing }): RowLook[] =>
    thing.what === 'image'
      ? []
      : [{ backend: thing.backend, zone: thing.zone, id: thing.id, siblings: null }],
  )
  return rows.length === 0 ? source : { rows, ...source }
}

/** An image of ours that was never seen complete may still be being written: a key that is removed meanwhile comes back. */
function mayBeWritten({ facts }: Migration, items: readonly Item[]): boolean {
  return items.some(({ thing }) => thing.what === 'image' && thing.id !== facts.image?.key)
}

/** The snapshot that was exported, when it is known. */
export function ofSource({ plan, facts }: Migration): Question {
  if (plan.from === null || facts.snapshot === undefined) return {}
  return { source: { zone: plan.from, id: facts.snapshot, backend: plan.backend } }
}

/** Whether a source may be being exported: a word that nobody knows may mean just that. */
export function mayExport(source: SnapshotSeen | null): boolean {
  return source !== null && (source.state.kind === 'exporting' || source.state.kind === 'unknown')
}

/**
 * One step of the remover, for tidy, unwinding and leftovers alike. The delete's intent (`disowned`) goes before the
 * first try; what the provider still works on is waited for; what cannot be removed in its time is left, with the reason.
 */
export function removal(
  m: Migration,
  items: readonly Item[],
  seen: Seen,
  policy: Policy,
  moment: Moment,
): Decision {
  const { rows, source } = seen
  if (source?.ok === false) return blocked(m, source.failure, 'source', policy, moment)
  if (source !== undefined && mayExport(source.value)) {
    const text = 'The provider is still exporting the source; it cannot be stopped.'
    return wait('provider-finishing', text, policy, moment)
  }
  if (rows !== undefined && !rows.ok)
    return overdue(items, policy, moment) ?? blocked(m, rows.failure, 'copy', policy, moment)
  const late = overdue(items, policy, moment)
  const busy = rows?.value.find((row) => row !== null && isWorking(row))
  if (busy) {
    const text = `The provider shows ${busy.id} as ${busy.state.word}; it cannot be stopped.`
    // A word that nobody knows is waited on for as long as a delete would be tried.
    if (busy.state.kind !== 'unknown') return wait('provider-finishing', text, policy, moment)
    return late ?? wait('unknown-state', text, policy, moment)
  }
  const unborn = items.find((item) => isUnborn(item, rows?.value ?? [], policy, moment))
  if (unborn !== undefined)
    return wait('copy-not-seen', `${unborn.thing.id} was made but is not shown yet.`, policy, moment)
  if (late !== null) return late
  const announced = items.filter((item) => item.state === 'made' || item.state === 'kept')
  const events =
    announced.length === 0
      ? []
      : [{ type: 'disowned' as const, found: announced.map(({ thing, round }) => ({ thing, round })) }]
  const { install, prefix } = m.plan
  const owner = { install, prefix, migration: m.id }
  return write('removal-due', events, { act: 'remove', items, owner })
}

function isWorking(row: SnapshotSeen): boolean {
  return row.state.kind === 'pending' || row.state.kind === 'exporting' || row.state.kind === 'unknown'
}

/** A 404 soon after the create is lag: a delete would be answered "gone", and the thing would show up after it. */
function isUnborn(
  { thing, at }: Item,
  rows: readonly (SnapshotSeen | null)[],
  policy: Policy,
  { now }: Moment,
): boolean {
  if (thing.what === 'image' || now - at >= policy.birthLagMs) return false
  return !rows.some((row) => row?.id === thing.id)
}

/** The reasons to wait that say a removal was tried and did not succeed. */
const REFUSALS = new Set<WhyCode>([
  'in-use',
  'provider-busy',
  'provider-refuses',
  'unknown-state',
  'removing',
])

/**
 * A thing in use may become free within a day; anything else must go within the hour. Only a refusal of the delete
 * ends the patience: after any other wait it has not even been tried.
 */
function overdue(items: readonly Item[], policy: Policy, { pulse }: Moment): Decision | null {
  const code = pulse.why?.code
  if (code === undefined || !REFUSALS.has(code)) return null
  const limitMs = code === 'in-use' ? policy.inUseLimitMs : policy.removeLimitMs
  if (pulse.waitedMs < limitMs) return null
  const ids = items.map(({ thing }) => thing.id)
  return record('removal-given-up', { type: 'left', ids, reason: code })
}

/**
 * The last look before an ending: the own prefix, if anything was ever written there, and the tags of creates whose
 * answers were lost. Under another Redis than before a create may be forgotten: then every round is asked for.
 */
export function lastLook(m: Migration, { redisRun }: Moment): Question {
  const { bucket, region } = m.plan.image
  const isForgetful = redisRun !== m.redisRun || mayHaveForgotten(m, { redisRun })
  const mayHaveWritten = m.plan.source.kind !== 'image' && (m.send > 0 || isForgetful)
  const images = mayHaveWritten ? { images: { bucket, region, prefix: keyPrefix(m) } } : {}
  const late = isForgetful
    ? everyRound(m)
    : suspects(m).flatMap(({ phase, round }) => tagLook(m, phase, round))
  return late.length === 0 ? images : { ...images, late }
}

/**
 * Rounds in which more may have been made than is known: the answer was lost, or what was made was given up before the
 * list that would have shown a second one (a POST can be delivered twice on its way).
 */
function suspects(m: Migration): readonly Lost[] {
  const given = m.ledger.flatMap(({ thing, round }): Lost[] => {
    if (thing.what === 'image' || thing.id === m.facts.snapshot || isProvenCopy(m, thing.id)) return []
    return [{ phase: thing.what === 'copy' ? 'import' : 'snapshot', round }]
  })
  const isNew = (one: Lost, at: number, all: readonly Lost[]): boolean =>
    all.findIndex(({ phase, round }) => phase === one.phase && round === one.round) === at
  return [...m.lost, ...given].filter(isNew)
}

function everyRound(m: Migration): readonly TagLook[] {
  const phases: readonly Phase[] = m.plan.source.kind === 'volume' ? ['snapshot', 'import'] : ['import']
  return everyRoundOf(m).flatMap((round) => phases.flatMap((phase) => tagLook(m, phase, round)))
}

function tagLook(m: Migration, phase: Phase, round: number): readonly TagLook[] {
  const place = phase === 'import' ? copyPlace(m.plan) : phase === 'snapshot' ? sourcePlace(m.plan) : null
  return place === null ? [] : [{ ...place, tag: wipTag(m, round) }]
}

function copyPlace({ copy, to }: Plan): Omit<TagLook, 'tag'> | null {
  return copy.type === null || copy.project === null
    ? null
    : { backend: backendOf(copy.type), zone: to, project: copy.project }
}

function sourcePlace({ backend, from, sourceProject }: Plan): Omit<TagLook, 'tag'> | null {
  return backend === null || from === null || sourceProject === null
    ? null
    : { backend, zone: from, project: sourceProject }
}

/** Things of ours that the last look showed and that no line of the ledger accounts for. */
export function strangers(m: Migration, seen: Seen): readonly Found[] {
  const keys = seen.images?.ok === true ? seen.images.value.map(({ key }) => key) : []
  const rows = seen.late?.ok === true ? seen.late.value : []
  const { region, bucket } = m.plan.image
  const images = keys.map((id): Found => ({ thing: { what: 'image', id, region, bucket }, round: m.round }))
  const snapshots = rows.map(
    (row): Found => ({
      thing: { what: whatOf(m, row), id: row.id, backend: row.backend, zone: row.zone },
      round: roundOf(m, row),
    }),
  )
  return [...images, ...snapshots].filter(({ thing }) => !isAccounted(m, thing))
}

/** A removed snapshot that a slow list still shows is gone; a removed key may have been written again by a late export. */
function isAccounted(m: Migration, thing: Thing): boolean {
  const state = itemOf(m.ledger, thing.id)?.state
  return (
    isProvenCopy(m, thing.id) ||
    state === 'kept' ||
    state === 'left' ||
    (state === 'removed' && thing.what !== 'image')
  )
}

function whatOf(m: Migration, row: SnapshotSeen): 'copy' | 'taken-snapshot' {
  return row.zone === m.plan.to && row.volume === null ? 'copy' : 'taken-snapshot'
}

/** The round in the row's own `wip` tag: the remover asks for exactly that tag. */
function roundOf(m: Migration, row: SnapshotSeen): number {
  return everyRoundOf(m).find((round) => row.tags.includes(wipTag(m, round))) ?? m.round
}

/**
 * Whether the last look could not be made. A bucket that is gone holds nothing of ours; one that refuses for an hour
 * keeps its secret, and the migration ends with what is known.
 */
export function lookFailed(m: Migration, seen: Seen, policy: Policy, moment: Moment): Decision | null {
  const failure = failureOf(seen.images) ?? failureOf(seen.late)
  if (failure === null || failure.kind === 'missing') return null
  const isRefused = moment.pulse.why?.code === 'provider-refuses'
  if (isRefused && moment.pulse.waitedMs >= policy.removeLimitMs) return null
  const role = failureOf(seen.images) === null ? 'copy' : 'bucket'
  return blocked(m, failure, role, policy, moment)
}

function failureOf(look: Seen['images'] | Seen['late']): CloudFailure | null {
  return look?.ok === false ? look.failure : null
}
