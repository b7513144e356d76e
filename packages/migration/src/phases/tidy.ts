import { type Decision, type Moment, record, write } from '../decision.ts'
import { type Item, itemOf } from '../ledger.ts'
import { verifiedTag } from '../marks.ts'
import type { Running } from '../migration.ts'
import { COPY_NOT_MARKED } from '../moves.ts'
import { copyTag, takenTag, wipPrefix } from '../plan.ts'
import type { Policy } from '../policy.ts'
import type { Question, Seen } from '../question.ts'
import { lastLook, lookFailed, openItems, removal, removalNeeds, strangers } from '../remove.ts'
import { blocked, isConfirmed, wait } from '../waiting.ts'
import { type Rules, seenOf } from './rules.ts'

const DAY_MS = 86_400_000

/**
 * Marks the copy as proven, keeps what was asked for, removes the rest. The proof is recorded already: whatever
 * cannot be done here is listed, and the migration succeeds.
 */
export const tidy: Rules = {
  needs: (m, moment) => {
    const unmarked = markable(m)
    if (unmarked !== null) return rowOf(unmarked)
    const items = removable(m)
    return items.length > 0 ? removalNeeds(m, items) : lastLook(m, moment)
  },
  decide: (m, seen, policy, moment) => {
    const unmarked = markable(m)
    if (unmarked !== null) return mark(m, unmarked, seen, policy, moment)
    const image = keptImage(m, moment)
    if (image !== null) return image
    const items = removable(m)
    if (items.length > 0) return removal(m, items, seen, policy, moment)
    const found = strangers(m, seen)
    return (
      lookFailed(m, seen, policy, moment) ??
      (found.length > 0
        ? record('strangers-seen', { type: 'disowned', found })
        : record('nothing-left', { type: 'ledger-settled' }))
    )
  },
}

/** The next thing that stays and does not carry its mark yet: the copy first, then a taken snapshot that is kept. */
function markable(m: Running): Item | null {
  const copy = m.facts.copy === undefined ? null : itemOf(m.ledger, m.facts.copy)
  if (copy?.state === 'made') return copy
  const taken = m.ledger.find(
    (item) =>
      item.thing.what === 'taken-snapshot' && item.state === 'made' && item.thing.id === m.facts.snapshot,
  )
  return taken !== undefined && m.plan.takenSnapshot.keep ? taken : null
}

function rowOf({ thing }: Item): Question {
  return thing.what === 'image'
    ? {}
    : { row: { backend: thing.backend, zone: thing.zone, id: thing.id, siblings: null } }
}

/** What the tags of a thing that stays become: our `wip` goes, the mark comes, all others stay in their order. */
function tagsFor(
  m: Running,
  item: Item,
  now: number,
): { readonly mark: string; readonly add: readonly string[] } {
  if (item.thing.what === 'taken-snapshot') return { mark: takenTag(m), add: [takenTag(m)] }
  return { mark: copyTag(m), add: [copyTag(m), verifiedTag(m.facts.provenAt ?? now)] }
}

function mark(m: Running, item: Item, seen: Seen, policy: Policy, moment: Moment): Decision {
  const look = seenOf(seen.row, 'row')
  const { thing } = item
  const isLate = moment.pulse.waitedMs >= policy.markLimitMs
  const left = { type: 'left', ids: [thing.id], reason: COPY_NOT_MARKED } as const
  const unmarked = record('mark-given-up', left)
  if (!look.ok) return isLate ? unmarked : blocked(m, look.failure, 'copy', policy, moment)
  if (thing.what === 'image') return unmarked
  if (look.value.row === null) {
    // One 404 may be lag; a copy that somebody deleted after its proof stays gone.
    if (isConfirmed(moment, 'copy-missing', 1)) return unmarked
    return wait('copy-missing', 'The copy is no longer shown; looking once more.', policy, moment)
  }
  const { mark: proof, add } = tagsFor(m, item, moment.now)
  if (look.value.row.tags.includes(proof))
    return record('mark-seen', { type: 'kept', id: thing.id, untilMs: null })
  if (isLate) return unmarked
  const order = { zone: thing.zone, id: thing.id, drop: wipPrefix(m), add }
  return write('mark-due', [], { act: 'retag', backend: thing.backend, order })
}

/** The image stays when the plan keeps it, from its end on for a number of days or for ever. */
function keptImage(m: Running, { now }: Moment): Decision | null {
  const { keep } = m.plan.image
  const key = m.facts.image?.key
  const item = key === undefined ? null : itemOf(m.ledger, key)
  if (keep.kind === 'never' || item?.state !== 'made') return null
  return record('image-kept', {
    type: 'kept',
    id: item.thing.id,
    untilMs: keep.kind === 'days' ? now + keep.days * DAY_MS : null,
  })
}

function removable(m: Running): readonly Item[] {
  const keepsImage = m.plan.image.keep.kind !== 'never'
  return openItems(m).filter(
    ({ thing, state }) => !(keepsImage && state === 'made' && thing.id === m.facts.image?.key),
  )
}
