import {
  type Backend,
  type Copy,
  type Shown,
  type SnapshotSeen,
  ZONES,
  type Zone,
  zone,
} from '@snapferry/migration'
import type { Provider } from '@snapferry/scaleway'
import type { ArchiveOptions } from './options.ts'

/** What the provider shows of copies. */
export interface CopiesSeen {
  readonly tagged: readonly SnapshotSeen[]
  readonly shown: ReadonlyMap<string, Shown>
  /** One sentence for each place that did not answer. */
  readonly unseen: readonly string[]
}

/** Single looks side by side. */
const AT_ONCE = 8

/**
 * Lists what carries our mark in every zone, and looks for each archived copy that no list had: its tags may have been changed,
 * its project may be another. Only a 404 for the copy itself says that it is gone.
 */
export async function lookForCopies(
  { sweep, looks, projectId }: Pick<Provider, 'sweep' | 'looks' | 'projectId'>,
  archived: ReadonlyMap<string, Copy>,
  { zones, projects }: ArchiveOptions,
): Promise<CopiesSeen> {
  const tagged: SnapshotSeen[] = []
  const unseen: string[] = []
  const silent = new Set<string>()
  for (const project of projectsOf(archived, projects ?? [projectId])) {
    for (const at of places(zones)) {
      const rows = await sweep.marked({ kind: 'snapshots', ...at, project })
      if (rows.ok) tagged.push(...rows.value)
      else {
        silent.add(placeText(at))
        const { kind, words } = rows.failure
        // A zone that is not there has no copies, unless the archive knows of one.
        if (kind !== 'missing' || [...archived.values()].some((copy) => placeText(copy) === placeText(at)))
          unseen.push(`${at.zone} (${at.backend}) did not answer: ${kind} ${words}`.trimEnd())
      }
    }
  }
  const shown = new Map<string, Shown>(tagged.map((row) => [row.id, row]))
  const missing = [...archived.values()].filter(({ id }) => !shown.has(id))
  for (const copy of missing) if (silent.has(placeText(copy))) shown.set(copy.id, 'unseen')
  unseen.push(...(await findEach(looks, missing, shown)))
  return { tagged, shown, unseen }
}

/** Looks for each copy of which nothing is known yet; one sentence for each that could not be asked for. */
async function findEach(
  looks: Provider['looks'],
  copies: readonly Copy[],
  shown: Map<string, Shown>,
): Promise<readonly string[]> {
  const wanted = copies.filter(({ id }) => !shown.has(id))
  const unseen: string[] = []
  for (let at = 0; at < wanted.length; at += AT_ONCE) {
    const some = wanted.slice(at, at + AT_ONCE)
    const found = await Promise.all(some.map((copy) => looks[copy.backend].find(copy)))
    for (const [n, copy] of some.entries()) {
      const look = found[n]
      shown.set(copy.id, look?.ok === true ? look.value : 'unseen')
      if (look?.ok === false) unseen.push(`${copy.id} in ${copy.zone} did not answer: ${look.failure.kind}`)
    }
  }
  return unseen
}

function placeText({ zone: where, backend }: { readonly zone: Zone; readonly backend: Backend }): string {
  return `${where} ${backend}`
}

function projectsOf(archived: ReadonlyMap<string, Copy>, asked: readonly string[]): ReadonlySet<string> {
  return new Set([...asked, ...[...archived.values()].map(({ project }) => project)])
}

function places(
  zones: readonly Zone[] | undefined,
): readonly { readonly zone: Zone; readonly backend: Backend }[] {
  return Object.entries(ZONES).flatMap(([name, backends]) =>
    zones === undefined || zones.some((one) => one === name)
      ? backends.map((backend) => ({ zone: zone(name), backend }))
      : [],
  )
}
