import {
  type CloudFailure,
  good,
  imageThing,
  type Result,
  type SweepLooks,
  type SweepPlace,
  type SweptThing,
  shelvesOf,
  snapshotThing,
  uploadThing,
} from '@snapferry/migration'

/** Everything in one place that carries a mark of Snapferry; a failure when it could not all be seen. */
export async function listPlace(
  place: SweepPlace,
  looks: SweepLooks,
  install: string,
): Promise<Result<readonly SweptThing[], CloudFailure>> {
  if (place.kind === 'snapshots') {
    const seen = await looks.marked(place)
    return seen.ok ? good(seen.value.map((one) => snapshotThing(one, install))) : seen
  }
  const things: SweptThing[] = []
  for (const prefix of shelvesOf(place, install)) {
    // Uploads first: one that is finished between the two lists is then seen twice, and not missed.
    const uploads = await looks.uploads(place, prefix)
    if (!uploads.ok) return uploads
    const objects = await looks.objects(place, prefix)
    if (!objects.ok) return objects
    things.push(...uploads.value.map((one) => uploadThing(one, place, install)))
    things.push(...objects.value.map((one) => imageThing(one, place, install)))
  }
  return good(things)
}

/** Why a place was not seen, in words. */
export function whyNotSeen({ call, kind, status, words }: CloudFailure): string {
  return [call, status === null ? kind : `${status} ${kind}`, words].filter((text) => text !== '').join(': ')
}
