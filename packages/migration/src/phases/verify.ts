import { type Decision, type Moment, record } from '../decision.ts'
import type { Found } from '../event.ts'
import { type Failure, found } from '../failure.ts'
import { lookingBack } from '../forgotten.ts'
import { backendOf } from '../ids.ts'
import type { Item } from '../ledger.ts'
import type { Running } from '../migration.ts'
import { wipTag } from '../plan.ts'
import type { Policy } from '../policy.ts'
import { isGood, type Seen } from '../question.ts'
import { good } from '../result.ts'
import type { SnapshotSeen } from '../seen.ts'
import { blocked, fail, isConfirmed, wait } from '../waiting.ts'
import { current } from './create.ts'
import { known, type Rules, seenOf } from './rules.ts'

/**
 * Proves the copy: id, type, size, zone, project and state agree with the plan, the image it was made of is still the
 * one that was inspected, and nothing else of this round exists. From here a migration only goes forward.
 */
export const verify: Rules = {
  needs: (m) => {
    const item = current(m, 'copy')
    if (item === null) return {}
    const { plan } = m
    const backend = backendOf(known(plan.copy.type, 'copy.type'))
    const by = {
      backend,
      zone: plan.to,
      project: known(plan.copy.project, 'copy.project'),
      tag: wipTag(m, item.round),
    }
    const row = { backend, zone: plan.to, id: item.thing.id, siblings: by }
    const { image } = m.facts
    // A proven copy that was adopted under another Redis needs no image any more.
    return image === undefined ? { row } : { row, object: { region: plan.image.region, ...image } }
  },
  decide: (m, seen, policy, moment) => {
    const item = current(m, 'copy')
    if (item === null)
      return record('copy-not-recorded', {
        type: 'proof-lost',
        phase: 'import',
        because: 'No copy is recorded any more.',
      })
    return judge(m, item, seen, policy, moment)
  },
}

function judge(m: Running, item: Item, seen: Seen, policy: Policy, moment: Moment): Decision {
  const look = seenOf(seen.row, 'row')
  if (!look.ok) return blocked(m, look.failure, 'copy', policy, moment)
  const object = seen.object ?? good(null)
  if (!object.ok) return blocked(m, object.failure, 'image', policy, moment)
  const { row, siblings } = look.value
  const disown = [{ thing: item.thing, round: item.round }]
  if (row === null && !isConfirmed(moment, 'copy-missing', 1))
    return wait('copy-missing', 'The copy is no longer shown; looking once more.', policy, moment)
  if (row === null)
    return fail(
      'made-vanished',
      m,
      found('copy-vanished', `The copy ${item.thing.id} is no longer there.`),
      disown,
      policy,
      moment,
    )
  if (!isGood(row)) return notGood(m, row, disown, policy, moment)
  // A delete that a Redis put back has forgotten may still be on its way to this copy: it lands within the re-send age.
  const back = lookingBack(m, policy.resendAgeMs, moment)
  if (back !== null) return back
  const wrong = disagreement(m, row)
  if (wrong !== null)
    return fail(
      'copy-not-as-planned',
      m,
      wrong,
      wrong.kind === 'copy-too-small' ? disown : [],
      policy,
      moment,
    )
  const { image } = m.facts
  const seenImage = object.value
  // An image that is gone by now is no failure: the import has read it. One that is another may not be what was inspected.
  if (
    image !== undefined &&
    seenImage !== null &&
    (seenImage.etag !== image.etag || seenImage.bytes !== image.bytes)
  ) {
    return fail(
      'image-replaced',
      m,
      found('image-changed', `${image.bucket}/${image.key} is not the object that was inspected.`),
      disown,
      policy,
      moment,
    )
  }
  const extras = siblings
    .filter(({ id }) => id !== row.id)
    .map(({ id, backend, zone }) => ({
      thing: { what: 'copy' as const, id, backend, zone },
      round: item.round,
    }))
  const facts = { copy: row.id, provenAt: moment.now }
  return record('copy-good', {
    type: 'phase-completed',
    phase: 'verify',
    facts,
    made: [{ thing: item.thing, round: item.round }],
    extras,
  })
}

function notGood(
  m: Running,
  row: SnapshotSeen,
  disown: readonly Found[],
  policy: Policy,
  moment: Moment,
): Decision {
  switch (row.state.kind) {
    case 'error':
    case 'invalid-data': {
      const kind = row.state.kind === 'error' ? 'import-error' : 'import-invalid-data'
      return fail(
        'made-broken',
        m,
        found(kind, `The provider shows the copy as ${row.state.word}.`, row.state.details),
        disown,
        policy,
        moment,
      )
    }
    case 'locked':
      return fail(
        'made-locked',
        m,
        found('locked', 'The provider shows the copy as locked.'),
        [],
        policy,
        moment,
      )
    default:
      return wait('unknown-state', `The provider shows the copy as ${row.state.word}.`, policy, moment)
  }
}

/** Where the copy is not what was planned. Name and tags are the user's to change and prove nothing. */
function disagreement(m: Running, row: SnapshotSeen): Failure | null {
  const { plan, facts } = m
  const size = known(facts.sizeBytes, 'sizeBytes')
  if (row.sizeBytes < size)
    return found('copy-too-small', `The copy has ${row.sizeBytes} bytes, ${size} were planned.`)
  if (row.sizeBytes > size)
    return found('copy-too-large', `The copy has ${row.sizeBytes} bytes, ${size} were planned.`)
  const misplaced = row.zone !== plan.to || row.project !== plan.copy.project || row.type !== plan.copy.type
  if (!misplaced) return null
  return found(
    'copy-misplaced',
    `The copy is ${row.type} in ${row.zone}, project ${row.project}; planned was ${plan.copy.type} in ${plan.to}, project ${plan.copy.project}.`,
  )
}
