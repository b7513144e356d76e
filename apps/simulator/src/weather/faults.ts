import type { CloudFailureKind } from '@snapferry/migration'
import type { Mishap } from './weather.ts'

const reply = (kind: CloudFailureKind, status: number | null, nothing: boolean) => ({ kind, status, nothing })

/** How long a look and a write wait for their answer, milliseconds (protocol, section 1). */
export const LOOK_TIMEOUT_MS = 5_000
export const WRITE_TIMEOUT_MS = 30_000

/** What may go wrong with a look, by its name in the table. */
export const LOOK_FAULTS = {
  '429': { reply: reply('throttled', 429, true) },
  '500': { reply: reply('unavailable', 500, false) },
  '502': { reply: reply('unavailable', 502, false) },
  '504': { reply: reply('unavailable', 504, false) },
  '403': { reply: reply('forbidden', 403, true) },
  '400': { reply: reply('refused', 400, true) },
  timeout: { reply: reply('no-answer', null, false), afterMs: LOOK_TIMEOUT_MS },
  'connection refused': { reply: reply('unavailable', null, true) },
  'connection reset': { reply: reply('no-answer', null, false) },
  'unreadable 2xx': { reply: reply('unreadable', 200, false) },
  HTML: { reply: reply('unavailable', 503, false) },
  'unknown state': { showsUnknown: true },
  slow: { beforeMs: 3_500 },
} as const satisfies Record<string, Omit<Mishap, 'fault'>>

/** What may go wrong with a write, by its name in the table. */
export const WRITE_FAULTS = {
  '400': { reply: reply('refused', 400, true), effect: 'none' },
  '403': { reply: reply('forbidden', 403, true), effect: 'none' },
  '403 quota': { reply: reply('quota', 403, true), effect: 'none' },
  '404': { reply: reply('missing', 404, true), effect: 'none' },
  '409': { reply: reply('busy', 409, true), effect: 'none' },
  '412': { reply: reply('in-use', 412, true), effect: 'none' },
  '423': { reply: reply('locked', 423, true), effect: 'none' },
  '429': { reply: reply('throttled', 429, true), effect: 'none' },
  '500 and done': { reply: reply('unavailable', 500, false), effect: 'done' },
  '500 and not done': { reply: reply('unavailable', 500, false), effect: 'none' },
  '502 and done': { reply: reply('unavailable', 502, false), effect: 'done' },
  '504 and done late': { reply: reply('unavailable', 504, false), effect: 'late', lateMs: 9_000 },
  'timeout and done': { reply: reply('no-answer', null, false), effect: 'done', afterMs: WRITE_TIMEOUT_MS },
  'timeout and not done': {
    reply: reply('no-answer', null, false),
    effect: 'none',
    afterMs: WRITE_TIMEOUT_MS,
  },
  'timeout and done late': {
    reply: reply('no-answer', null, false),
    effect: 'late',
    lateMs: 8_000,
    afterMs: WRITE_TIMEOUT_MS,
  },
  'connection refused': { reply: reply('unavailable', null, true), effect: 'none' },
  'connection reset and done': { reply: reply('no-answer', null, false), effect: 'done' },
  'unreadable 2xx': { reply: reply('unreadable', 200, false), effect: 'done' },
  HTML: { reply: reply('unreadable', 200, false), effect: 'none' },
  'delivered twice': { effect: 'twice', lateMs: 2_000 },
  slow: { afterMs: 12_000 },
} as const satisfies Record<string, Omit<Mishap, 'fault'>>

/** A mishap of the tables, ready to be given to a call. */
export function lookFault(name: keyof typeof LOOK_FAULTS): Mishap {
  return { fault: name, ...LOOK_FAULTS[name] }
}

/** A mishap of the tables, ready to be given to a write. */
export function writeFault(name: keyof typeof WRITE_FAULTS): Mishap {
  return { fault: name, ...WRITE_FAULTS[name] }
}
