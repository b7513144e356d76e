import { type Day, isDay } from './day.ts'

/**
 * One piece of the archive: a day has one or more, numbered from 1. Each is two objects, the lines and their manifest:
 * `2026-11-24.ndjson.gz` and `2026-11-24.json`, and from the second part on `2026-11-24.2.ndjson.gz`.
 */
export interface Part {
  readonly day: Day
  readonly part: number
}

/** Parts one day may have: at 8 MB of lines each, more than a fleet writes in a year. */
export const PARTS_MAX = 9_999

const NAME = /^(\d{4}-\d{2}-\d{2})(?:\.([1-9]\d{0,3}))?$/
const OBJECT = /^(.+)\.(ndjson\.gz|json)$/

/** The name of a part: its day, and from the second on its number. */
export function partName({ day, part }: Part): string {
  return part === 1 ? day : `${day}.${part}`
}

/** The part of a name; null for any other text. */
export function readPartName(name: string): Part | null {
  const [, day, number] = NAME.exec(name) ?? []
  if (day === undefined || !isDay(day) || number === '1') return null
  return { day, part: number === undefined ? 1 : Number(number) }
}

/** The object with the lines of a part. */
export function dataName(part: Part): string {
  return `${partName(part)}.ndjson.gz`
}

/** The object with the manifest of a part. */
export function manifestName(part: Part): string {
  return `${partName(part)}.json`
}

/** What an object of the archive is, by its name below `archive/`; null for any name that is none of ours. */
export function readObjectName(name: string): (Part & { readonly is: 'data' | 'manifest' }) | null {
  const [, stem, ending] = OBJECT.exec(name) ?? []
  const part = stem === undefined ? null : readPartName(stem)
  return part === null ? null : { ...part, is: ending === 'json' ? 'manifest' : 'data' }
}

/** The order of the chain: by day, then by number. */
export function comparePlaces(a: Part, b: Part): number {
  return a.day === b.day ? a.part - b.part : a.day < b.day ? -1 : 1
}

/** Where every object of an installation's archive lies, ending in `/`; outside `work/`, so that no sweep looks there. */
export function archivePrefix(of: { readonly prefix: string; readonly install: string }): string {
  return `${of.prefix}/${of.install}/archive/`
}
