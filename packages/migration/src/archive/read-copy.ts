import type { Copy } from '../copy.ts'
import { isMigrationId, isZone } from '../ids.ts'

/** A copy from parsed JSON; null for anything that cannot be one. */
export function readCopy(value: unknown): Copy | null {
  if (typeof value !== 'object' || value === null) return null
  const copy = value as Readonly<Record<string, unknown>>
  const texts = ['id', 'project', 'name', 'zone', 'migration']
  const isCopy =
    texts.every((name) => typeof copy[name] === 'string') &&
    isZone(String(copy['zone'])) &&
    isMigrationId(String(copy['migration'])) &&
    (copy['backend'] === 'instance' || copy['backend'] === 'block') &&
    (copy['type'] === 'l_ssd' || copy['type'] === 'sbs') &&
    Number.isSafeInteger(copy['sizeBytes']) &&
    typeof copy['provenAt'] === 'number' &&
    ['takenAt'].every((name) => copy[name] === null || typeof copy[name] === 'number') &&
    ['from', 'volume'].every((name) => copy[name] === null || typeof copy[name] === 'string') &&
    typeof copy['source'] === 'object'
  return isCopy ? (value as Copy) : null
}
