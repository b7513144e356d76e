import type { Scrub } from './words.ts'

/** The provider's id of a request, for people to quote; null when there is none, or something else stands there. */
export function requestIdOf(header: string | undefined, scrub: Scrub): string | null {
  if (header === undefined || !/^[\w.:-]{1,128}$/.test(header)) return null
  return scrub(header) === header ? header : null
}
