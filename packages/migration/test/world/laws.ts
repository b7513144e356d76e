import { apply, copyTag, fold, isEnded, leftoversOf, takenTag } from '../../src/index.ts'
import type { Row } from './fake-cloud.ts'
import { foreignOf } from './foreign.ts'
import type { Voyage } from './voyage.ts'

/** What a voyage broke, in words; empty when it kept every promise. */
export function broken(v: Voyage): string[] {
  const { record: m, events, steps } = v.journal
  if (!isEnded(m)) return [`it stands in ${m.state} after ${v.ticks} ticks and ${v.lastsMs / 3_600_000} h`]
  return [
    ...(JSON.stringify(fold(events)) === JSON.stringify(m)
      ? []
      : ['folding the events gives another record']),
    ...steps.flatMap(({ before, after, events }) =>
      JSON.stringify(events.reduce(apply, before)) === JSON.stringify(after)
        ? []
        : ['a step is not its events'],
    ),
    ...(foreignOf(v.cloud, v.plan) === v.foreignBefore ? [] : ['something foreign was changed']),
    ...v.cloud.crimes,
    ...(v.idleStreakMax <= 5 ? [] : [`${v.idleStreakMax} idle ticks in a row without a sleep`]),
    ...(m.claims.length === 0 ? [] : ['it ended holding a claim']),
    ...(v.ticks <= 3_000 ? [] : [`${v.ticks} ticks`]),
    ...(v.cloud.creates <= 40 ? [] : [`${v.cloud.creates} creates`]),
    ...(isForSweep(v) ? [] : [...copies(v), ...leftBehind(v)]),
  ]
}

/** How long after a loss a forgotten create may still show up: the list lag, and the request's own time on the wire. */
const FORGOTTEN_MS = 60_000

/** Undone right after Redis forgot a create that no list shows yet: nobody but a sweep can know of it. */
function isForSweep({ journal }: Voyage): boolean {
  const m = journal.record
  if (!isEnded(m) || m.state === 'succeeded') return false
  return journal.losses.some((at) => m.endedAt - at < FORGOTTEN_MS)
}

function ours(v: Voyage): Row[] {
  return [...v.cloud.rows.values()].filter((row) => !row.isForeign && v.cloud.exists(row))
}

function copies(v: Voyage): string[] {
  const { record: m } = v.journal
  const copies_ = ours(v).filter(({ from }) => from !== null)
  const left = new Set(leftoversOf(m.ledger).map(({ id }) => id))
  if (m.state !== 'succeeded') {
    return copies_.filter(({ id }) => !left.has(id)).map(({ id }) => `${m.state} and copy ${id} is there`)
  }
  const { copy } = m.facts
  const row = copies_.find(({ id }) => id === copy)
  if (row === undefined) return v.meddling.includes('row') ? [] : ['succeeded without its copy']
  const isMarked = row.tags.includes(copyTag(m)) && !row.tags.some((tag) => tag.startsWith('snapferry:wip='))
  const others = copies_.filter(({ id }) => id !== copy && !left.has(id))
  return [
    ...others.map(({ id }) => `succeeded with a second copy ${id}`),
    ...(isMarked || left.has(row.id) ? [] : ['the copy is not marked']),
    ...(row.isSound || v.meddling.includes('image') ? [] : ['the copy is not sound']),
    ...(row.outcome === 'good' ? [] : [`the copy is ${row.outcome}`]),
  ]
}

function leftBehind(v: Voyage): string[] {
  const { record: m } = v.journal
  const left = new Set(leftoversOf(m.ledger).map(({ id }) => id))
  const taken = ours(v).filter(({ volume, id }) => volume !== null && !left.has(id))
  const mayKeepTaken = m.state === 'succeeded' && v.plan.takenSnapshot.keep
  const keys = [...v.cloud.objects.keys()].filter((key) => key.includes(m.id) && !left.has(key))
  const mayKeepImage = m.state === 'succeeded' && v.plan.image.keep.kind === 'always'
  return [
    ...taken
      .filter(({ id, tags }) => !(mayKeepTaken && id === m.facts.snapshot && tags.includes(takenTag(m))))
      .map(({ id }) => `snapshot ${id} was taken and not removed`),
    ...keys
      .filter((key) => !(mayKeepImage && key === m.facts.image?.key))
      .map((key) => `image ${key} was not removed`),
  ]
}
