import type { BecauseCode } from '../because.ts'
import { type Decision, type Moment, record, write } from '../decision.ts'
import type { EventBody, Found, Intent } from '../event.ts'
import { found } from '../failure.ts'
import { intended, lookingBack } from '../forgotten.ts'
import { type Item, itemOf, type Thing } from '../ledger.ts'
import type { Running } from '../migration.ts'
import { NOTHING_FOUND } from '../moves.ts'
import { imageKey, keyPrefix, sendOfKey, sourceClaim } from '../plan.ts'
import type { Policy } from '../policy.ts'
import type { Seen } from '../question.ts'
import type { ImageSeen, SnapshotSeen } from '../seen.ts'
import { slotsFor } from '../slots.ts'
import { blocked, fail, isConfirmed, mayGoBack, wait } from '../waiting.ts'
import { admission, holdsAll } from './admission.ts'
import { adoptProven, current, provenLook } from './create.ts'
import { known, type Rules, seenOf } from './rules.ts'

/**
 * Exports the snapshot as an image. The provider leaves no trace of it on the snapshot: only the object proves it,
 * and an empty object proves no more than that a request was accepted.
 */
export const exporting: Rules = {
  needs: (m, { redisRun }) => {
    if (!holdsAll(m, claimsFor(m))) return {}
    const { bucket, region } = m.plan.image
    return {
      ...(redisRun === m.redisRun ? {} : provenLook(m)),
      images: { bucket, region, prefix: keyPrefix(m) },
      source: { ...place(m), backend: known(m.plan.backend, 'backend') },
    }
  },
  decide: (m, seen, policy, moment) => {
    const claims = claimsFor(m)
    if (!holdsAll(m, claims)) return admission('claim-needed', m, claims)
    const proven = adoptProven(m, seen, policy, moment)
    if (proven !== null) return proven
    const images = seenOf(seen.images, 'images')
    if (!images.ok) return blocked(m, images.failure, 'bucket', policy, moment)
    const live = images.value.filter((image) => !isDisowned(m, image.key)).toSorted(bySend(m))
    const complete = live.find((image) => image.header === 'good')
    if (complete !== undefined) return completed(m, complete, live)
    const damaged = live.filter((image) => image.header === 'bad')
    if (damaged.length > 0)
      return failed(
        'image-damaged',
        m,
        'export-bad-image',
        'The object the provider wrote is not an image.',
        live,
        policy,
        moment,
      )
    return watch(m, live, seen, policy, moment)
  },
}

/** What the export of this migration takes: the sole right to its source, and a place in each budget. */
function claimsFor(m: Running): readonly string[] {
  const { zone, id } = place(m)
  const { profile, backend } = m.plan
  return [sourceClaim(zone, id), ...slotsFor('export', { zone, profile, backend: known(backend, 'backend') })]
}

function place(m: Running): { zone: NonNullable<Running['plan']['from']>; id: string } {
  return { zone: known(m.plan.from, 'from'), id: known(m.facts.snapshot, 'snapshot') }
}

function isDisowned(m: Running, key: string): boolean {
  const item = itemOf(m.ledger, key)
  return item !== null && item.state !== 'made'
}

function bySend(m: Running): (a: ImageSeen, b: ImageSeen) => number {
  return (a, b) => (sendOfKey(m, a.key) ?? 0) - (sendOfKey(m, b.key) ?? 0)
}

function thingOf(m: Running, key: string): Thing {
  return { what: 'image', id: key, region: m.plan.image.region, bucket: m.plan.image.bucket }
}

function foundOf(m: Running, keys: readonly string[]): readonly Found[] {
  return keys.map((key) => ({ thing: thingOf(m, key), round: m.round }))
}

/** An open intent whose fate no longer matters is taken for made, so that its key is removed too. */
function settledAnyway(m: Running): readonly EventBody[] {
  if (m.intent === null) return []
  return [
    {
      type: 'settled',
      intent: m.intent.id,
      outcome: 'made',
      thing: thingOf(m, m.intent.mark),
      adopted: true,
    },
  ]
}

/** A complete image is adopted whichever send made it; every other key of ours is an extra. */
function completed(m: Running, image: ImageSeen, live: readonly ImageSeen[]): Decision {
  const extras = keysOf(m, live).filter((other) => other !== image.key)
  const { bytes, etag, key, writtenAt } = image
  const when = writtenAt === undefined ? {} : { writtenAt }
  const facts = { image: { bucket: m.plan.image.bucket, key, bytes, etag, ...when } }
  return record('image-complete', ...settledAnyway(m), {
    type: 'phase-completed',
    phase: 'export',
    facts,
    made: foundOf(m, [key]),
    extras: foundOf(m, extras),
  })
}

function failed(
  rule: BecauseCode,
  m: Running,
  kind: 'export-bad-image' | 'export-left-nothing',
  text: string,
  live: readonly ImageSeen[],
  policy: Policy,
  moment: Moment,
): Decision {
  return fail(rule, m, found(kind, text), foundOf(m, keysOf(m, live)), policy, moment, settledAnyway(m))
}

/** No complete image yet: whose turn is it? */
function watch(m: Running, live: readonly ImageSeen[], seen: Seen, policy: Policy, moment: Moment): Decision {
  const { intent } = m
  if (intent !== null && live.some(({ key }) => key === intent.mark)) {
    return record('export-accepted', {
      type: 'settled',
      intent: intent.id,
      outcome: 'made',
      thing: thingOf(m, intent.mark),
      adopted: true,
    })
  }
  const source = seenOf(seen.source, 'source')
  if (!source.ok) return blocked(m, source.failure, 'source', policy, moment)
  if (source.value === null) return sourceMissing(m, live, policy, moment)
  if (intent !== null) return lookUp(intent, source.value, policy, moment)
  const made = m.ledger.findLast((item) => item.thing.what === 'image' && item.state === 'made')
  return made === undefined
    ? start(m, source.value, live, policy, moment)
    : watchMade(m, made, source.value, live, policy, moment)
}

function sourceMissing(m: Running, live: readonly ImageSeen[], policy: Policy, moment: Moment): Decision {
  if (!isConfirmed(moment, 'source-not-seen', policy.confirmMs))
    return wait('source-not-seen', 'The provider does not show the snapshot; looking again.', policy, moment)
  const taken = current(m, 'taken-snapshot')
  const text = 'The snapshot is no longer there and no image of it is complete.'
  if (taken === null) return fail('source-lost', m, found('source-gone', text), [], policy, moment)
  // A snapshot we took can be taken again; somebody else's cannot. Its images go with it: they hold older data.
  const disown = [{ thing: taken.thing, round: taken.round }, ...foundOf(m, keysOf(m, live))]
  const settled = settledAnyway(m)
  if (!mayGoBack(m))
    return fail('taken-lost-again', m, found('snapshot-error', text), disown, policy, moment, settled)
  return record(
    'taken-lost',
    ...settled,
    { type: 'disowned', found: disown },
    { type: 'proof-lost', phase: 'snapshot', because: 'The taken snapshot is gone.' },
  )
}

/** Every key that this export may have written and that is not given up yet. */
function keysOf(m: Running, live: readonly ImageSeen[]): readonly string[] {
  const ours = m.ledger
    .filter((item) => item.thing.what === 'image' && item.state === 'made')
    .map((item) => item.thing.id)
  const open = m.intent === null ? [] : [m.intent.mark]
  return [...new Set([...live.map(({ key }) => key), ...ours, ...open])]
}

/** The answer was lost. While the source exports, that may be us or somebody else: it proves nothing. */
function lookUp(intent: Intent, source: SnapshotSeen, policy: Policy, moment: Moment): Decision {
  const isOld = moment.now - intent.at >= Math.max(policy.resendAgeMs, policy.listLagMs)
  if (source.state.kind === 'exporting')
    return wait('source-busy', 'The source is being exported; whether by us will show.', policy, moment)
  if (source.state.kind === 'unknown')
    return wait('unknown-state', `The provider shows the source as ${source.state.word}.`, policy, moment)
  const nothing = { type: 'settled', intent: intent.id, outcome: 'nothing', because: NOTHING_FOUND } as const
  if (isOld) return record('answer-too-old', nothing)
  return wait('answer-lost', 'The answer to our export was lost; looking for what it made.', policy, moment)
}

/** Our export was accepted: it runs, or it has ended and the object must show. */
function watchMade(
  m: Running,
  _made: Item,
  source: SnapshotSeen,
  live: readonly ImageSeen[],
  policy: Policy,
  moment: Moment,
): Decision {
  if (source.state.kind === 'exporting')
    return wait('exporting', 'The provider is writing the image.', policy, moment)
  if (source.state.kind === 'unknown')
    return wait('unknown-state', `The provider shows the source as ${source.state.word}.`, policy, moment)
  if (isConfirmed(moment, 'export-unproven', policy.confirmMs)) {
    return failed(
      'export-empty',
      m,
      'export-left-nothing',
      'The export ended and left no image in the bucket.',
      live,
      policy,
      moment,
    )
  }
  return wait(
    'export-unproven',
    'The export has ended; waiting for the image to show in the bucket.',
    policy,
    moment,
  )
}

/** Nothing of ours is on the way: start, if the source is ready. */
function start(
  m: Running,
  source: SnapshotSeen,
  live: readonly ImageSeen[],
  policy: Policy,
  moment: Moment,
): Decision {
  switch (source.state.kind) {
    case 'error':
    case 'invalid-data':
      return fail(
        'source-broken',
        m,
        found('source-error', `The provider shows the source as ${source.state.word}.`, source.state.details),
        [],
        policy,
        moment,
      )
    case 'locked':
      return fail(
        'source-closed',
        m,
        found('source-locked', 'The provider shows the source as locked.'),
        [],
        policy,
        moment,
      )
    case 'pending':
    case 'exporting':
    case 'deleting':
      return wait('source-busy', `The provider shows the source as ${source.state.word}.`, policy, moment)
    case 'unknown':
      return wait('unknown-state', `The provider shows the source as ${source.state.word}.`, policy, moment)
    case 'available':
    case 'in-use':
      return lookingBack(m, policy.listLagMs, moment) ?? send(m, live, moment)
  }
}

function send(m: Running, live: readonly ImageSeen[], moment: Moment): Decision {
  // Above what another Redis has forgotten as well: a key that was disowned may still be written.
  const keys = [...live.map(({ key }) => key), ...m.ledger.map(({ thing }) => thing.id)]
  const seen = keys.map((key) => sendOfKey(m, key) ?? 0)
  const number = Math.max(m.send, ...seen) + 1
  const key = imageKey(m, number)
  const intent: Intent = {
    id: `export.${m.round}.${number}`,
    phase: 'export',
    round: m.round,
    send: number,
    mark: key,
    at: moment.now,
  }
  const { bucket, region } = m.plan.image
  const order = { ...place(m), bucket, key }
  const backend = known(m.plan.backend, 'backend')
  const act = { act: 'start-export', intent, backend, order, region } as const
  return write('export-due', [intended(m, intent, moment)], act)
}
