import type { Answered } from './exchange.ts'

/** A longer wish is cut to this: nobody waits on one header for a day. */
const RETRY_AFTER_MS_MAX = 3_600_000

/**
 * Milliseconds the provider asked us to wait, or null. Retry-After in seconds, or as a date measured by the answer's
 * own Date (our clock may be off); else the `reset_seconds` of the body.
 */
export function retryAfterMs(answered: Answered, resetSeconds: number | null): number | null {
  const header = answered.headers['retry-after']?.trim() ?? ''
  const asked = /^\d{1,9}$/.test(header) ? Number(header) * 1000 : untilDate(header, answered.headers['date'])
  const waitMs = asked ?? (resetSeconds === null ? null : resetSeconds * 1000)
  return waitMs === null || !Number.isFinite(waitMs)
    ? null
    : Math.min(Math.max(0, Math.round(waitMs)), RETRY_AFTER_MS_MAX)
}

function untilDate(header: string, date: string | undefined): number | null {
  const waitMs = Date.parse(header) - Date.parse(date ?? '')
  return Number.isNaN(waitMs) ? null : waitMs
}
