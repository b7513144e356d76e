declare const brand: unique symbol

/** A day in UTC, `2026-11-24`. Texts sort as days do. */
export type Day = string & { readonly [brand]: 'Day' }

const DAY = /^\d{4}-\d{2}-\d{2}$/
const DAY_MS = 86_400_000

/** Whether a text names a day that exists. */
export function isDay(text: string): text is Day {
  if (!DAY.test(text)) return false
  const ms = Date.parse(`${text}T00:00:00.000Z`)
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(text)
}

/** A checked day; throws TypeError on any other text. */
export function day(text: string): Day {
  if (!isDay(text)) throw new TypeError(`not a day: ${text.slice(0, 60)}`)
  return text
}

/** The day in UTC of a time in milliseconds since 1970. */
export function dayOf(ms: number): Day {
  return day(new Date(ms).toISOString().slice(0, 10))
}

/** The first millisecond after a day: whatever is earlier belongs to it or to a day before. */
export function endOfDay(of: Day): number {
  return Date.parse(`${of}T00:00:00.000Z`) + DAY_MS
}

/** The next day. */
export function dayAfter(of: Day): Day {
  return dayOf(endOfDay(of))
}

/** The day before. */
export function dayBefore(of: Day): Day {
  return dayOf(endOfDay(of) - 2 * DAY_MS)
}
