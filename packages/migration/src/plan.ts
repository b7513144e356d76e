import type { Backend, Bytes, CopyType, MigrationId, Region, Zone } from './ids.ts'

/** What is carried: a snapshot, a volume (a snapshot is taken first) or an image that lies in a bucket already. */
export type Source =
  | { readonly kind: 'snapshot'; readonly id: string }
  | { readonly kind: 'volume'; readonly id: string }
  | { readonly kind: 'image'; readonly bucket: string; readonly key: string }

/** How long the image stays in the bucket after success: not at all, for ever, or for a number of days. */
export type Keep =
  | { readonly kind: 'never' }
  | { readonly kind: 'always' }
  | { readonly kind: 'days'; readonly days: number }

/**
 * What was asked, with every derived name. A `null` in `copy` or `backend` means "as the source says": it is filled
 * by the `admitted` event, when the source has been looked at. `copy.sizeBytes` is filled later still for a volume
 * (when its snapshot is available) and for an image (when it has been inspected).
 */
export interface Plan {
  /** Credentials, project and buckets under a name; only `default` exists. */
  readonly profile: string
  /** The installation whose name stands in our tags and keys. */
  readonly install: string
  /** First part of every object key we write. */
  readonly prefix: string
  readonly source: Source
  /** Where the source is; null for an image, which has only a region. */
  readonly from: Zone | null
  readonly to: Zone
  /** The API that owns the source; null until it was found, and for an image. */
  readonly backend: Backend | null
  /** The project of the source; null until it was found. */
  readonly sourceProject: string | null
  readonly copy: CopyPlan
  readonly image: { readonly bucket: string; readonly region: Region; readonly keep: Keep }
  readonly takenSnapshot: { readonly keep: boolean }
  /** The caller's own words, never sent to the provider. */
  readonly labels: Readonly<Record<string, string>>
  /** 0–9: how far forward it stands in the line for a budget. Missing: 0. */
  readonly priority?: number
}

/** The copy as it shall be. */
export interface CopyPlan {
  readonly name: string | null
  /** Without ours: those of `snapferry:` are added when the copy is created. */
  readonly tags: readonly string[] | null
  readonly sizeBytes: Bytes | null
  readonly project: string | null
  readonly type: CopyType | null
}

/** The tag family that is ours; a caller's tag that begins so is refused. */
export const OUR_TAG = 'snapferry:'
/** The provider cuts tags; ours stay below (bytes of UTF-8). */
export const TAG_BYTES_MAX = 128

type Owner = { readonly plan: Plan; readonly id: MigrationId }

/** The tag a thing carries while its migration is on the way: installation, migration and round. */
export function wipTag(m: Owner, round: number): string {
  return `${wipPrefix(m)}${round}`
}

/** What every `wip` tag of a migration begins with, whatever the round. */
export function wipPrefix(m: Owner): string {
  return `${OUR_TAG}wip=${m.plan.install}.${m.id}.`
}

/** The tag of a copy that was proven good. */
export function copyTag(m: Owner): string {
  return `${OUR_TAG}copy=${m.plan.install}.${m.id}`
}

/** The tag of a snapshot we took on the way and kept as asked. */
export function takenTag(m: Owner): string {
  return `${OUR_TAG}snapshot=${m.plan.install}.${m.id}`
}

/** Where every image of a migration lies, ending in `/`: under `keep/` from the start when the plan keeps it. */
export function keyPrefix(m: Owner): string {
  const shelf = m.plan.image.keep.kind === 'never' ? 'work' : 'keep'
  return `${m.plan.prefix}/${m.plan.install}/${shelf}/${m.id}/`
}

/** The key of one send of an export: never used twice by us, so a late write hurts nobody. */
export function imageKey(m: Owner, send: number): string {
  return `${keyPrefix(m)}${send}.qcow2`
}

/** The send a key of ours was made by, or null for any other key. */
export function sendOfKey(m: Owner, key: string): number | null {
  const rest = key.startsWith(keyPrefix(m)) ? /^(\d{1,9})\.qcow2$/.exec(key.slice(keyPrefix(m).length)) : null
  return rest?.[1] === undefined ? null : Number(rest[1])
}

/** The copy's final name; an empty or missing one becomes `snapferry-<migration>`. */
export function copyName(m: Owner): string {
  return m.plan.copy.name === null || m.plan.copy.name === '' ? takenName(m) : m.plan.copy.name
}

/** The name of a snapshot taken on the way. */
export function takenName(m: Owner): string {
  return `snapferry-${m.id}`
}

/** The natural key: one source goes to one zone and project once at a time. */
export function naturalKey(plan: Plan): string {
  const what =
    plan.source.kind === 'image' ? `image:${plan.source.bucket}/${plan.source.key}` : plan.source.id
  return `${what}>${plan.to}>${plan.copy.project ?? ''}`
}

/** The claim on a source while it is exported: the provider exports one snapshot once at a time. */
export function sourceClaim(from: Zone, snapshotId: string): string {
  return `source:${from}/${snapshotId}`
}
