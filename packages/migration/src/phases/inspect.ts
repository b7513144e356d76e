import { type Decision, type Moment, record } from '../decision.ts'
import { found } from '../failure.ts'
import type { Running } from '../migration.ts'
import type { Policy } from '../policy.ts'
import type { ImageJudged } from '../seen.ts'
import { blocked, fail, mayGoBack } from '../waiting.ts'
import { known, type Rules, seenOf } from './rules.ts'

/** Judges the image by its header and tables, before anything is imported. Completes in the tick that looked. */
export const inspect: Rules = {
  needs: (m) => ({ judgement: { region: m.plan.image.region, ...known(m.facts.image, 'image') } }),
  decide: (m, seen, policy, moment) => {
    const look = seenOf(seen.judgement, 'judgement')
    if (!look.ok) return blocked(m, look.failure, 'image', policy, moment)
    if (look.value === null) return missing(m, policy, moment)
    return look.value.good ? judged(m, look.value, policy, moment) : refused(m, look.value, policy, moment)
  },
}

function isUsers(m: Running): boolean {
  return m.plan.source.kind === 'image'
}

/** What a bad image of ours disowns; the user's own never stands in a ledger. */
function ours(m: Running): {
  thing: { what: 'image'; id: string; region: Running['plan']['image']['region']; bucket: string }
  round: number
}[] {
  const { bucket, region } = m.plan.image
  return isUsers(m)
    ? []
    : [{ thing: { what: 'image', id: known(m.facts.image, 'image').key, region, bucket }, round: m.round }]
}

function missing(m: Running, policy: Policy, moment: Moment): Decision {
  if (!isUsers(m) && !mayGoBack(m))
    return fail(
      'image-lost-again',
      m,
      found('export-left-nothing', 'The image vanished from the bucket, again.'),
      ours(m),
      policy,
      moment,
    )
  if (!isUsers(m))
    return record(
      'image-lost',
      { type: 'disowned', found: ours(m) },
      { type: 'proof-lost', phase: 'export', because: 'The image is no longer in the bucket.' },
    )
  return fail(
    'image-missing',
    m,
    found('object-missing', 'The image is no longer in the bucket, or it is empty.'),
    [],
    policy,
    moment,
  )
}

function refused(
  m: Running,
  judged: Extract<ImageJudged, { good: false }>,
  policy: Policy,
  moment: Moment,
): Decision {
  if (isUsers(m))
    return fail('image-unsound', m, found('image-refused', judged.text, judged.words), [], policy, moment)
  if (mayGoBack(m)) return exportAnew(m, judged.text)
  const failure = found('export-bad-image', judged.text, judged.words)
  return fail('image-unsound', m, failure, ours(m), policy, moment)
}

/** What the provider wrote badly once it may write well the next time: the image goes, and it is exported again. */
function exportAnew(m: Running, because: string): Decision {
  return record(
    'export-anew',
    { type: 'disowned', found: ours(m) },
    { type: 'proof-lost', phase: 'export', because },
  )
}

function judged(
  m: Running,
  image: Extract<ImageJudged, { good: true }>,
  policy: Policy,
  moment: Moment,
): Decision {
  const asked = m.facts.sizeBytes ?? m.plan.copy.sizeBytes
  const source = m.facts.sourceBytes
  if (source !== undefined && image.sizeBytes !== source) {
    const text = `The image holds a disk of ${image.sizeBytes} bytes, the source has ${source}.`
    if (!isUsers(m) && mayGoBack(m)) return exportAnew(m, text)
    return fail('image-of-other-size', m, found('export-bad-image', text), ours(m), policy, moment)
  }
  if (asked !== null && asked < image.sizeBytes) {
    return fail(
      'size-too-small',
      m,
      found('size-refused', `The image holds a disk of ${image.sizeBytes} bytes, ${asked} were asked for.`),
      [],
      policy,
      moment,
    )
  }
  const facts = {
    image: { ...known(m.facts.image, 'image'), bytes: image.bytes, etag: image.etag },
    virtualBytes: image.sizeBytes,
    sizeBytes: asked ?? image.sizeBytes,
  }
  return record('image-sound', { type: 'phase-completed', phase: 'inspect', facts, made: [], extras: [] })
}
