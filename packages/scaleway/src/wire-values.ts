import { type Bytes, bad, bytes, good, isZone, type Result, type Zone } from '@snapferry/migration'

/** What both APIs write in the same way, checked. */
export interface Checked {
  readonly zone: Zone
  readonly sizeBytes: Bytes
  /** Milliseconds since 1970. */
  readonly createdAt: number
}

/** Zone, size and date of a thing. Dates come with `Z` or an offset, with microseconds. */
export function checkValues(wire: { zone: string; size: number; created: string }): Result<Checked, string> {
  const createdAt = Date.parse(wire.created)
  if (!isZone(wire.zone)) return bad(`zone ${wire.zone.slice(0, 40)} is none`)
  if (Number.isNaN(createdAt)) return bad(`${wire.created.slice(0, 40)} is no date`)
  if (!Number.isSafeInteger(wire.size) || wire.size < 0) return bad(`size ${wire.size} is none`)
  return good({ zone: wire.zone, sizeBytes: bytes(wire.size), createdAt })
}
