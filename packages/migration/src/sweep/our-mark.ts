import { isMigrationId, type MigrationId } from '../ids.ts'
import { OUR_TAG } from '../plan.ts'

/** What a thing's tags or key say of who made it: this installation, for the migration named. */
export type OurMark =
  | { readonly kind: 'wip'; readonly migration: MigrationId; readonly round: number }
  | { readonly kind: 'copy' | 'kept-snapshot'; readonly migration: MigrationId }
  | { readonly kind: 'key'; readonly migration: MigrationId; readonly send: number }

/** The tags of our family that name a maker; the others of the family are for people. */
const FAMILY = ['wip=', 'copy=', 'snapshot='].map((name) => `${OUR_TAG}${name}`)

/** Whether a thing claims to be of some installation of Snapferry, ours or another. */
export function isOfFamily(tags: readonly string[]): boolean {
  return tags.some((tag) => FAMILY.some((prefix) => tag.startsWith(prefix)))
}

/**
 * The mark that a thing's tags carry for this installation, or null: they are nobody's, another installation's, malformed,
 * or contradict each other. Whoever copied our tags together with somebody else's has made a thing that is not ours.
 */
export function markOfTags(tags: readonly string[], install: string): OurMark | null {
  const claims = tags.filter((tag) => isOfFamily([tag])).map((tag) => markOfTag(tag, install))
  const [first] = claims
  if (first === undefined || first === null) return null
  if (claims.some((one) => one === null || one.migration !== first.migration)) return null
  const strongest = (['copy', 'kept-snapshot', 'wip'] as const).flatMap(
    (kind) => claims.find((one) => one?.kind === kind) ?? [],
  )
  return strongest[0] ?? null
}

function markOfTag(tag: string, install: string): OurMark | null {
  const [, name, of, id = '', round] =
    /^snapferry:(wip|copy|snapshot)=([a-z0-9-]{1,20})\.(mig_[^.]*)(?:\.([1-9]\d{0,8}))?$/.exec(tag) ?? []
  if (of !== install || !isMigrationId(id)) return null
  if (name === 'wip') return round === undefined ? null : { kind: 'wip', migration: id, round: Number(round) }
  if (round !== undefined) return null
  return { kind: name === 'copy' ? 'copy' : 'kept-snapshot', migration: id }
}

/** The mark of an object's key: exactly `<prefix>/<install>/work|keep/<migration>/<send>.qcow2`, else null. */
export function markOfKey(
  key: string,
  of: { readonly prefix: string; readonly install: string },
): OurMark | null {
  const root = `${of.prefix}/${of.install}/`
  if (!key.startsWith(root)) return null
  const [, id = '', send] =
    /^(?:work|keep)\/(mig_[^/]*)\/([1-9]\d{0,8})\.qcow2$/.exec(key.slice(root.length)) ?? []
  return send !== undefined && isMigrationId(id) ? { kind: 'key', migration: id, send: Number(send) } : null
}
