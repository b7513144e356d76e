import { type Backend, isZone, type Zone } from './ids.ts'

/**
 * The zones known today and the snapshot APIs each answers (from the provider's SDK metadata, August 2026).
 * `it-mil-1` has no Block API.
 */
export const ZONES: Readonly<Record<string, readonly Backend[]>> = {
  'fr-par-1': ['instance', 'block'],
  'fr-par-2': ['instance', 'block'],
  'fr-par-3': ['instance', 'block'],
  'nl-ams-1': ['instance', 'block'],
  'nl-ams-2': ['instance', 'block'],
  'nl-ams-3': ['instance', 'block'],
  'pl-waw-1': ['instance', 'block'],
  'pl-waw-2': ['instance', 'block'],
  'pl-waw-3': ['instance', 'block'],
  'it-mil-1': ['instance'],
}

/** Whether the text names a zone we know. */
export function isKnownZone(text: string): text is Zone {
  return isZone(text) && Object.hasOwn(ZONES, text)
}

/** Whether a zone answers the API of a backend. */
export function zoneHas(zone: Zone, backend: Backend): boolean {
  return ZONES[zone]?.includes(backend) ?? false
}
