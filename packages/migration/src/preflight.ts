import { SIZE_BYTES_MAX, SIZE_BYTES_MIN } from './asked.ts'
import type { CloudFailure } from './cloud-failure.ts'
import { type Concern, concernOf } from './concern.ts'
import type { Reason } from './decision.ts'
import type { Facts } from './event.ts'
import { type Failure, type FailureKind, failureOfCall, found, isTransient, type Role } from './failure.ts'
import { backendOf, bytes, typeOf } from './ids.ts'
import { OUR_TAG, type Plan } from './plan.ts'
import type { Question, Seen } from './question.ts'
import type { SnapshotSeen, VolumeSeen } from './seen.ts'
import { zoneHas } from './zones.ts'

/**
 * What the first look says about a plan. `good`: every derived name is filled in. `bad`: nothing may start.
 * `unknown`: the provider did not tell, or the source is not ready yet; look again.
 */
export type Checked =
  | {
      readonly kind: 'good'
      readonly plan: Plan
      readonly facts: Facts
      readonly concerns: readonly Concern[]
    }
  | { readonly kind: 'bad'; readonly concerns: readonly Concern[]; readonly failure: Failure }
  | { readonly kind: 'unknown'; readonly why: Reason; readonly failure: CloudFailure | null }

/** What must be seen before anything starts: the source and the bucket; for an image also the object. */
export function checkNeeds(plan: Plan): Question {
  const { bucket, region } = plan.image
  const where = { bucket: { bucket, region } }
  const { source, from, backend } = plan
  if (source.kind === 'image') return { ...where, object: { region, bucket, key: source.key } }
  if (from === null) return where
  const at = { zone: from, id: source.id, backend }
  return source.kind === 'snapshot' ? { ...where, source: at } : { ...where, volume: at }
}

/** Judges what was seen. Pure; the API asks it before it accepts, the first tick asks it again. */
export function check(plan: Plan, seen: Seen): Checked {
  const bucket = bucketConcerns(plan, seen)
  if ('kind' in bucket) return bucket
  switch (plan.source.kind) {
    case 'image':
      return checkObject(plan, seen, bucket)
    case 'snapshot':
    case 'volume':
      return checkRow(plan, seen, bucket)
  }
}

type Unknown = Extract<Checked, { kind: 'unknown' }>
type Bad = Extract<Checked, { kind: 'bad' }>

const notAsked: Unknown = {
  kind: 'unknown',
  why: { code: 'source-not-ready', text: 'The source was not looked at.' },
  failure: null,
}

/** A refused look: with time it may heal, or it is a finding about what the request names. */
function refused(failure: CloudFailure, role: Role, pointer: string): Unknown | Bad {
  const unwell: Reason = {
    code: failure.kind === 'throttled' ? 'provider-throttled' : 'provider-unavailable',
    text: 'The provider does not answer the first checks.',
  }
  if (isTransient(failure) || failure.kind === 'credentials') return { kind: 'unknown', why: unwell, failure }
  const what = failureOfCall(failure, role)
  return {
    kind: 'bad',
    failure: what,
    concerns: [{ ...concernOf(what.kind, pointer, what.text), words: what.words, requestId: what.requestId }],
  }
}

function bad(kind: FailureKind, pointer: string, text: string): Bad {
  return { kind: 'bad', concerns: [concernOf(kind, pointer, text)], failure: found(kind, text) }
}

function bucketConcerns(plan: Plan, seen: Seen): Concern[] | Unknown | Bad {
  const pointer = plan.source.kind === 'image' ? '#/source/image/bucket' : '#/image/bucket'
  const look = seen.bucket
  if (look === undefined) return notAsked
  if (!look.ok) return refused(look.failure, 'bucket', pointer)
  const { bucket, region } = plan.image
  if (look.value === null) return bad('bucket-missing', pointer, `${region} has no bucket ${bucket}.`)
  if (look.value.region !== region)
    return bad('bucket-elsewhere', pointer, `Bucket ${bucket} is in ${look.value.region}, not in ${region}.`)
  const warn = (code: string, text: string, fix: string): Concern => ({
    ...concernOf('bucket-foreign', pointer, text),
    code,
    severity: 'warning',
    fix,
  })
  return [
    ...(look.value.versioned
      ? [
          warn(
            'bucket_versioned',
            'The bucket keeps versions: a removed image is still paid for.',
            'Use a bucket without versions.',
          ),
        ]
      : []),
    ...(look.value.locked
      ? [
          warn(
            'bucket_locked',
            'The bucket locks objects: an image may not be removable in time.',
            'Use a bucket without object lock.',
          ),
        ]
      : []),
  ]
}

function checkObject(plan: Plan, seen: Seen, concerns: readonly Concern[]): Checked {
  const look = seen.object
  const pointer = '#/source/image/key'
  if (look === undefined || plan.source.kind !== 'image') return notAsked
  if (!look.ok) return refused(look.failure, 'image', pointer)
  const { bucket, key } = plan.source
  if (look.value === null) return bad('object-missing', pointer, `Nothing lies under ${bucket}/${key}.`)
  if (look.value.frozen)
    return bad('object-frozen', pointer, `${bucket}/${key} lies in GLACIER and cannot be read.`)
  const { bytes: length, etag } = look.value
  return { kind: 'good', plan, facts: { image: { bucket, key, bytes: length, etag } }, concerns }
}

function checkRow(plan: Plan, seen: Seen, concerns: readonly Concern[]): Checked {
  const isVolume = plan.source.kind === 'volume'
  const pointer = `#/source/${plan.source.kind}`
  const look = isVolume ? seen.volume : seen.source
  if (look === undefined) return notAsked
  if (!look.ok) return refused(look.failure, 'source', pointer)
  const row = look.value
  if (row === null) return bad('source-missing', pointer, `${plan.from} has no such ${plan.source.kind}.`)
  const state = stateFinding(row, pointer)
  if (state !== null) return state
  const size = sizeFinding(plan, row, isVolume, pointer)
  if (size !== null) return size
  const owner = seen.bucket?.ok === true ? (seen.bucket.value?.project ?? null) : null
  if (owner !== null && owner !== row.project)
    return bad(
      'bucket-foreign',
      '#/image/bucket',
      `Bucket ${plan.image.bucket} belongs to another project than the source.`,
    )
  return settle(plan, row, concerns)
}

function stateFinding(row: SnapshotSeen | VolumeSeen, pointer: string): Bad | Unknown | null {
  switch (row.state.kind) {
    case 'error':
    case 'invalid-data':
      return bad('source-error', pointer, `The provider shows the source in state ${row.state.word}.`)
    case 'locked':
      return bad('source-locked', pointer, 'The provider shows the source as locked.')
    case 'deleting':
      return bad('source-missing', pointer, 'The source is being deleted.')
    case 'pending':
      return {
        kind: 'unknown',
        why: { code: 'source-not-ready', text: `The source is still ${row.state.word}.` },
        failure: null,
      }
    case 'unknown':
      return {
        kind: 'unknown',
        why: {
          code: 'unknown-state',
          text: `The provider shows the source in a state we do not know: ${row.state.word}.`,
        },
        failure: null,
      }
    case 'available':
    case 'in-use':
    case 'exporting':
      return null
  }
}

function sizeFinding(
  plan: Plan,
  row: SnapshotSeen | VolumeSeen,
  isVolume: boolean,
  pointer: string,
): Bad | null {
  if (row.sizeBytes < SIZE_BYTES_MIN)
    return bad('source-too-small', pointer, `The source has ${row.sizeBytes} bytes, below 1 GB.`)
  if (row.sizeBytes > SIZE_BYTES_MAX)
    return bad('source-too-large', pointer, `The source has ${row.sizeBytes} bytes, above 1 TB.`)
  const asked = plan.copy.sizeBytes
  if (asked !== null && asked < row.sizeBytes)
    return bad(
      'size-refused',
      '#/copy/size',
      `The source has ${row.sizeBytes} bytes, more than the ${asked} asked for.`,
    )
  const type = plan.copy.type ?? row.type
  if (!zoneHas(plan.to, backendOf(type)))
    return bad('zone-lacks-type', isVolume ? '#/copy/type' : '#/to', `${plan.to} has no ${type} snapshots.`)
  return null
}

/** The plan with everything that follows from the source. */
function settle(plan: Plan, row: SnapshotSeen | VolumeSeen, concerns: readonly Concern[]): Checked {
  const isSnapshot = 'createdAt' in row
  const project = plan.copy.project ?? row.project
  if (plan.from === plan.to && project === row.project)
    return bad('same-zone', '#/to', 'The source is in this zone and project already.')
  const copy = {
    name: plan.copy.name ?? row.name,
    tags: plan.copy.tags ?? row.tags.filter((tag) => !tag.startsWith(OUR_TAG)),
    sizeBytes: plan.copy.sizeBytes ?? (isSnapshot ? row.sizeBytes : null),
    project,
    type: plan.copy.type ?? typeOf(row.backend),
  }
  const facts: Facts = isSnapshot
    ? {
        snapshot: row.id,
        takenAt: row.createdAt,
        sourceBytes: row.sizeBytes,
        sizeBytes: bytes(copy.sizeBytes ?? row.sizeBytes),
        ...(row.volume === null ? {} : { volume: row.volume.id }),
      }
    : { volume: row.id }
  return {
    kind: 'good',
    plan: { ...plan, backend: row.backend, sourceProject: row.project, copy },
    facts,
    concerns,
  }
}
