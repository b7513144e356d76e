import type { MigrationView } from '@snapferry/contracts'
import type { CensusEntry } from '@snapferry/emulator'
import {
  copiesOf,
  type Evidence,
  forgotten,
  isDone,
  isWrite,
  ledgerId,
  madeThings,
  mustBeZero,
  ownerOfKey,
  ownerOfThing,
  type Row,
} from './evidence.ts'

/** What is counted at the provider: copies, contents, leftovers, other people's things. */
export function judgeThings(e: Evidence): readonly Row[] {
  return [
    ended(e),
    mustBeZero('second copies', secondCopies(e)),
    mustBeZero('succeeded without its copy', copyless(e)),
    mustBeZero('copies or kept images whose content differs', differing(e)),
    mustBeZero('unlisted leftovers', unlisted(e)),
    mustBeZero('foreign things touched', touched(e)),
    mustBeZero('good copies removed', removedCopies(e)),
    ...(e.told.installations.length > 1 ? [mustBeZero("the other installation's touched", crossed(e))] : []),
    ...(e.told.rewound === null ? [] : [orphans(e), mustBeZero('orphans touched', touchedOrphans(e))]),
  ]
}

function ended(e: Evidence): Row {
  const lost = forgotten(e)
  const due = e.accepted.filter(({ id }) => !lost.has(id))
  const finds = due
    .filter(({ id }) => e.views.get(id)?.done !== true)
    .map(({ id }) => `${id}: ${standing(e.views.get(id) ?? null)}`)
  const tooFew = e.accepted.length < e.told.migrations
  const few = tooFew ? [`only ${e.accepted.length} of ${e.told.migrations} migrations were accepted`] : []
  const found = `${e.accepted.length} = ${due.length - finds.length}${lost.size > 0 ? ` + ${lost.size} forgotten` : ''}`
  return {
    name: 'accepted = ended',
    found,
    limit: `${e.told.migrations}, all`,
    good: finds.length === 0 && !tooFew,
    finds: [...few, ...finds],
  }
}

function standing(view: MigrationView | null): string {
  if (view === null) return 'the API knows no such migration'
  return `${view.state} in ${view.phase ?? 'no phase'}${view.why === undefined ? '' : `, waits for ${view.why.code}`}`
}

function secondCopies(e: Evidence): string[] {
  return [...copiesOf(e)].flatMap(([id, copies]) =>
    copies
      .slice(1)
      .map((copy) => `${id} has ${copies.length} copies: ${copies[0]?.id} and ${copy.id} in ${copy.place}`),
  )
}

function copyless(e: Evidence): string[] {
  const copies = copiesOf(e)
  return e.accepted.flatMap(({ id }) => {
    const view = e.views.get(id)
    if (view?.state !== 'succeeded') return []
    const [copy] = copies.get(id) ?? []
    if (copy === undefined) return [`${id} has succeeded and there is no copy`]
    if (copy.id !== view.copy?.id) return [`${id} names the copy ${view.copy?.id}, there is ${copy.id}`]
    return copy.place === view.plan.to && copy.state === 'available'
      ? []
      : [`${id}: its copy ${copy.id} is ${copy.state} in ${copy.place}`]
  })
}

function differing(e: Evidence): string[] {
  const copies = copiesOf(e)
  const digests = new Map(e.census.map(({ id, digest }) => [id, digest ?? null]))
  return e.accepted.flatMap(({ id }) => {
    const view = e.views.get(id)
    if (view?.state !== 'succeeded') return []
    const { source } = view.plan
    const image = (place: { bucket: string; key: string }) =>
      e.imageDigests.get(`${place.bucket}/${place.key}`) ?? null
    const wanted =
      'image' in source
        ? image(source.image)
        : (digests.get('snapshot' in source ? source.snapshot : source.volume) ?? null)
    const kept = keptImage(view)
    return [
      ...(copies.get(id) ?? []).map((copy) => ({ what: `copy ${copy.id}`, digest: copy.digest ?? null })),
      ...(kept === null ? [] : [{ what: `kept image ${kept.key}`, digest: image(kept) }]),
    ].flatMap(({ what, digest }) =>
      wanted !== null && digest === wanted ? [] : [`${id}: ${what} has ${digest}, its source ${wanted}`],
    )
  })
}

function keptImage(view: MigrationView): { bucket: string; key: string } | null {
  const isKept = view.plan.image !== undefined && view.plan.image.keep !== 'never'
  return view.state === 'succeeded' && isKept ? (view.image ?? null) : null
}

function unlisted(e: Evidence): string[] {
  const lost = forgotten(e)
  return madeThings(e).flatMap((thing) => {
    const owner = ownerOfThing(thing)
    if (owner !== null && lost.has(owner.migration)) return []
    const view = owner === null ? null : (e.views.get(owner.migration) ?? null)
    if (view !== null && isExplained(thing, view)) return []
    const whose = owner === null ? 'of nobody' : `of ${owner.migration} (${view?.state ?? 'unknown'})`
    return [
      `${thing.kind} ${ledgerId(thing)} in ${thing.place} ${whose}, tags ${thing.tags.join(' ') || 'none'}`,
    ]
  })
}

function isExplained(thing: CensusEntry, view: MigrationView): boolean {
  const id = ledgerId(thing)
  if (view.leftovers.some((leftover) => leftover.id === id)) return true
  if (view.state !== 'succeeded') return false
  const isTaken = view.plan.takenSnapshot?.keep === true && view.takenSnapshot?.id === id
  return view.copy?.id === id || keptImage(view)?.key === id || isTaken
}

function touched(e: Evidence): string[] {
  const seeded = e.census.filter(({ madeBy, missing }) => madeBy.by === 'seed' || missing)
  const ids = new Map(seeded.map((thing) => [thing.id, thing]))
  const keys = new Set(
    seeded.filter(({ kind }) => kind === 'object').map(({ bucket, name }) => `${bucket}/${name}`),
  )
  const byCensus = seeded
    .filter(({ changed, missing }) => changed === true || missing)
    .map((thing) => `${thing.kind} ${thing.name} (${thing.id}) is ${thing.missing ? 'gone' : 'changed'}`)
  const byLog = e.requests.filter((asked) => {
    // An export leaves its source as it is; the census says so too.
    if (!isWrite(asked) || asked.operation === 'ExportSnapshot') return false
    const isBucketItself = asked.api === 's3' && asked.key === null && asked.operation !== 'DeleteObjects'
    return isBucketItself || ids.has(asked.resourceId ?? '') || keys.has(`${asked.bucket}/${asked.key}`)
  })
  return [
    ...byCensus,
    ...byLog.map(({ n, operation, path, status }) => `request ${n}: ${operation} ${path} (${status})`),
  ]
}

/** A copy was marked after its proof: from then on nobody removes it. */
function removedCopies(e: Evidence): string[] {
  const imported = new Set(
    e.requests.filter((one) => one.operation === 'ImportSnapshot').flatMap((one) => one.madeIds),
  )
  const marked = new Map<string, number>()
  const finds: string[] = []
  for (const { n, operation, resourceId, ...asked } of e.requests) {
    if (resourceId === null || !imported.has(resourceId) || !isDone(asked)) continue
    if (operation === 'PatchSnapshot') marked.set(resourceId, n)
    const since = marked.get(resourceId)
    if (operation === 'DeleteSnapshot' && since !== undefined)
      finds.push(`copy ${resourceId} was marked by request ${since} and removed by request ${n}`)
  }
  return finds
}

/** Who came is in the stamp of the gate; whose a thing is, in who made it. */
function crossed(e: Evidence): string[] {
  const nameOf = (userAgent: string): string | null => /install\/(\S+)$/.exec(userAgent)?.[1] ?? null
  const makers = new Map(
    e.requests.flatMap(({ madeIds, userAgent }) => madeIds.map((id) => [id, nameOf(userAgent)])),
  )
  const writes = e.requests.filter(isWrite).flatMap(({ n, operation, resourceId, key, userAgent }) => {
    const by = nameOf(userAgent)
    const of = ownerOfKey(key)?.installation ?? makers.get(resourceId ?? '') ?? null
    const isOwn = of === null || of === by
    return by !== null && isOwn
      ? []
      : [`request ${n}: ${operation} by ${by} on ${resourceId ?? key} of ${of}`]
  })
  const adopted = e.accepted.flatMap(({ id, installation }) =>
    (e.events.get(id) ?? [])
      .flatMap(({ things = [] }) => things)
      .filter((thing) => {
        const of = makers.get(thing.id) ?? ownerOfKey(thing.id)?.installation ?? null
        return of !== null && of !== installation
      })
      .map((thing) => `${id} of ${installation} adopted ${thing.id} of ${makers.get(thing.id)}`),
  )
  return [...writes, ...adopted]
}

/** What Redis forgot still exists: told, and no finding. */
function orphans(e: Evidence): Row {
  const lost = forgotten(e)
  const things = madeThings(e).filter((thing) => lost.has(ownerOfThing(thing)?.migration ?? ''))
  return {
    name: 'orphans of forgotten migrations',
    found: `${things.length} things of ${lost.size}`,
    limit: 'told',
    good: true,
    finds: [],
  }
}

function touchedOrphans(e: Evidence): string[] {
  const lost = forgotten(e)
  const ids = new Set(
    madeThings(e)
      .filter((thing) => lost.has(ownerOfThing(thing)?.migration ?? ''))
      .map(({ id }) => id),
  )
  const since = e.told.rewound?.backAt ?? 0
  return e.requests
    .filter((asked) => isWrite(asked) && asked.at > since)
    .filter(({ key, resourceId }) => lost.has(ownerOfKey(key)?.migration ?? '') || ids.has(resourceId ?? ''))
    .map(({ n, operation, path }) => `request ${n}: ${operation} ${path}`)
}
