import { type Concern, concernOf, critical } from './concern.ts'
import { backendOf, bytes, type CopyType, isUuid, type Region, regionOf, type Zone } from './ids.ts'
import { type Keep, OUR_TAG, type Plan, type Source, TAG_BYTES_MAX } from './plan.ts'
import { isKnownZone, ZONES, zoneHas } from './zones.ts'

/** The body of a request to migrate, its form already checked. */
export interface AskedBody {
  readonly source:
    | { readonly snapshot: string }
    | { readonly volume: string }
    | { readonly image: { readonly bucket: string; readonly key: string } }
  readonly from?: string
  readonly to: string
  readonly copy?: {
    readonly name?: string
    readonly tags?: readonly string[]
    readonly size?: number
    readonly project?: string
    readonly type?: CopyType
  }
  readonly image?: { readonly bucket?: string; readonly keep?: string }
  readonly takenSnapshot?: { readonly keep?: boolean }
  readonly labels?: Readonly<Record<string, string>>
  /** 0–9. */
  readonly priority?: number
}

/** What the installation adds to a request. */
export interface Defaults {
  readonly profile: 'default'
  readonly install: string
  readonly prefix: string
  /** The profile's project: where a copy goes when the source names none. */
  readonly projectId: string
  /** The staging bucket of each region. */
  readonly buckets: Readonly<Record<string, string>>
}

/** A plan, or everything that is wrong with the request as it stands; the provider is not asked for any of it. */
export type Planned =
  | { readonly ok: true; readonly plan: Plan }
  | { readonly ok: false; readonly findings: readonly Concern[] }

/** The smallest and largest disk the provider exchanges as an image, bytes (1 GB and 1 TB, its documentation). */
export const SIZE_BYTES_MIN = 1_000_000_000
export const SIZE_BYTES_MAX = 1_000_000_000_000

/** What an image becomes when nothing else is asked for. */
const IMAGE_TYPE: CopyType = 'sbs'

/** Reads the meaning of a body: zones, project, tags, sizes, bucket. */
export function planOf(body: AskedBody, defaults: Defaults): Planned {
  const source = sourceOf(body)
  const findings = [
    ...zoneFindings(body, source),
    ...sourceFindings(body, source),
    ...copyFindings(body),
    ...keepFindings(body),
  ]
  if (findings.length > 0 || !isKnownZone(body.to)) return { ok: false, findings }
  const region = regionOf(body.to)
  const bucket = source.kind === 'image' ? source.bucket : (body.image?.bucket ?? defaults.buckets[region])
  if (bucket === undefined) {
    const fix = `Name image.bucket, or set SNAPFERRY_BUCKETS to ${region}=<bucket>.`
    return {
      ok: false,
      findings: [critical('no_bucket', '#/image/bucket', `No staging bucket is known for ${region}.`, fix)],
    }
  }
  return { ok: true, plan: draft(body, source, { bucket, region }, defaults) }
}

function draft(
  body: AskedBody,
  source: Source,
  image: { bucket: string; region: Region },
  defaults: Defaults,
): Plan {
  const { copy } = body
  const isImage = source.kind === 'image'
  return {
    profile: defaults.profile,
    install: defaults.install,
    prefix: defaults.prefix,
    source,
    from: isImage || body.from === undefined ? null : (body.from as Zone),
    to: body.to as Zone,
    backend: null,
    sourceProject: null,
    copy: {
      name: copy?.name ?? (isImage ? nameOfKey(source.key) : null),
      tags: copy?.tags ?? (isImage ? [] : null),
      sizeBytes: copy?.size === undefined ? null : bytes(copy.size),
      project: copy?.project ?? (isImage ? defaults.projectId : null),
      type: copy?.type ?? (isImage ? IMAGE_TYPE : null),
    },
    image: { ...image, keep: keepOf(body.image?.keep ?? 'never') ?? { kind: 'never' } },
    takenSnapshot: { keep: body.takenSnapshot?.keep ?? false },
    labels: body.labels ?? {},
    ...(body.priority === undefined ? {} : { priority: body.priority }),
  }
}

function sourceOf({ source }: AskedBody): Source {
  if ('snapshot' in source) return { kind: 'snapshot', id: source.snapshot }
  if ('volume' in source) return { kind: 'volume', id: source.volume }
  return { kind: 'image', bucket: source.image.bucket, key: source.image.key }
}

/** A key's file name without `.qcow2`. */
function nameOfKey(key: string): string {
  return key.slice(key.lastIndexOf('/') + 1).replace(/\.qcow2$/, '')
}

function zoneFindings(body: AskedBody, source: Source): Concern[] {
  const findings: Concern[] = []
  const known = Object.keys(ZONES).join(', ')
  const type = body.copy?.type ?? (source.kind === 'image' ? IMAGE_TYPE : undefined)
  if (!isKnownZone(body.to))
    findings.push(
      critical('unknown_zone', '#/to', `There is no zone ${quote(body.to)}.`, `Use one of ${known}.`),
    )
  else if (type !== undefined && !zoneHas(body.to, backendOf(type)))
    findings.push(concernOf('zone-lacks-type', typePointer(body), `${body.to} has no ${type} snapshots.`))
  if (source.kind === 'image') return findings
  if (body.from === undefined)
    findings.push(
      critical(
        'zone_missing',
        '#/from',
        'The zone of the source is missing.',
        'Add from, such as "fr-par-1".',
      ),
    )
  else if (!isKnownZone(body.from))
    findings.push(
      critical('unknown_zone', '#/from', `There is no zone ${quote(body.from)}.`, `Use one of ${known}.`),
    )
  else if (isKnownZone(body.to) && regionOf(body.from) !== regionOf(body.to)) {
    const text = `${body.from} and ${body.to} lie in different regions.`
    findings.push(
      critical(
        'cross_region',
        '#/to',
        text,
        `Choose a zone of ${regionOf(body.from)}; between regions is not carried yet.`,
      ),
    )
  } else if (body.from === body.to && body.copy?.project === undefined) {
    findings.push(
      critical(
        'same_zone',
        '#/to',
        'The source is in this zone already.',
        'Choose another zone, or another copy.project.',
      ),
    )
  }
  return findings
}

/** The field that asks for the type: a default is nowhere in the body, only the zone that lacks it is. */
function typePointer({ copy }: AskedBody): string {
  return copy?.type === undefined ? '#/to' : '#/copy/type'
}

function sourceFindings(body: AskedBody, source: Source): Concern[] {
  if (source.kind !== 'image') {
    const pointer = `#/source/${source.kind}`
    return isUuid(source.id)
      ? []
      : [
          critical(
            'bad_id',
            pointer,
            `${quote(source.id)} is not an id of the provider.`,
            'Give the UUID in lower case.',
          ),
        ]
  }
  const findings: Concern[] = []
  if (!source.key.endsWith('.qcow2')) {
    findings.push(
      critical(
        'bad_key',
        '#/source/image/key',
        'The key does not end in .qcow2.',
        'Rename the object: the importer asks for this ending.',
      ),
    )
  }
  for (const field of ['from', 'image', 'takenSnapshot'] as const) {
    if (body[field] === undefined) continue
    findings.push(
      critical(
        'not_applicable',
        `#/${field}`,
        `${field} says nothing about an image that lies in a bucket.`,
        `Leave ${field} out.`,
      ),
    )
  }
  return findings
}

function copyFindings({ copy }: AskedBody): Concern[] {
  const findings = (copy?.tags ?? []).flatMap((tag, at) => tagFindings(tag, `#/copy/tags/${at}`))
  const size = copy?.size
  if (size !== undefined && size % 512 !== 0)
    findings.push(concernOf('size-refused', '#/copy/size', `${size} is not a multiple of 512.`))
  if (size !== undefined && size < SIZE_BYTES_MIN)
    findings.push(concernOf('source-too-small', '#/copy/size', `${size} bytes are below 1 GB.`))
  if (size !== undefined && size > SIZE_BYTES_MAX)
    findings.push(concernOf('source-too-large', '#/copy/size', `${size} bytes are above 1 TB.`))
  if (copy?.project !== undefined && !isUuid(copy.project)) {
    findings.push(
      critical(
        'bad_id',
        '#/copy/project',
        `${quote(copy.project)} is not a project id.`,
        'Give the UUID in lower case.',
      ),
    )
  }
  return findings
}

function tagFindings(tag: string, pointer: string): Concern[] {
  if (tag.startsWith(OUR_TAG))
    return [
      critical('reserved_tag', pointer, `Tags that begin with ${OUR_TAG} are ours.`, 'Choose another tag.'),
    ]
  if (tag.includes(','))
    return [
      critical(
        'bad_tag',
        pointer,
        'A tag has a comma, which the provider takes for two tags.',
        'Leave the comma out.',
      ),
    ]
  if (utf8Bytes(tag) <= TAG_BYTES_MAX) return []
  const fix = `Keep it within ${TAG_BYTES_MAX} bytes of UTF-8.`
  return [critical('bad_tag', pointer, 'The tag is too long.', fix)]
}

/** Bytes of a text in UTF-8 (RFC 3629, section 3); half a surrogate pair is sent as U+FFFD, which has 3. */
function utf8Bytes(text: string): number {
  let count = 0
  for (const char of text) {
    const point = char.codePointAt(0) ?? 0
    count += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x1_0000 ? 3 : 4
  }
  return count
}

function keepFindings(body: AskedBody): Concern[] {
  const asked = body.image?.keep
  if (asked === undefined || keepOf(asked) !== null) return []
  return [
    critical(
      'bad_keep',
      '#/image/keep',
      `${quote(asked)} is not a time to keep an image.`,
      'Use never, always, or days such as P7D (1 to 3650).',
    ),
  ]
}

const DAYS_MAX = 3650

function keepOf(asked: string): Keep | null {
  if (asked === 'never' || asked === 'always') return { kind: asked }
  const days = Number(/^P(\d{1,4})D$/.exec(asked)?.[1] ?? 0)
  return days >= 1 && days <= DAYS_MAX ? { kind: 'days', days } : null
}

function quote(text: string): string {
  return JSON.stringify(text.slice(0, 60))
}
