import type { SnapshotApi } from './resource.ts'

/** The provider's regions by its SDK metadata of August 2026. */
export const REGIONS = ['fr-par', 'nl-ams', 'pl-waw'] as const

/** Zones per region: three, but one in it-mil, where Block Storage is not sold. */
export function zonesOf(api: SnapshotApi, regions: readonly string[]): string[] {
  return regions.flatMap((region) => {
    if (region === 'it-mil') return api === 'instance' ? ['it-mil-1'] : []
    return [1, 2, 3].map((number) => `${region}-${number}`)
  })
}

/** `fr-par-1` lies in `fr-par`. */
export function regionOf(zone: string): string {
  return zone.slice(0, zone.lastIndexOf('-'))
}
