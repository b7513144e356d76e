import { CLOCK_SKEW_MAX_MS } from '@snapferry/redis'
import { fine, note, type Said, wrong } from '../finding.ts'
import type { Sight, ZoneSight } from '../sight.ts'

/** Object Storage refuses signatures that are further off. */
const SIGNATURE_SKEW_MAX_MS = 15 * 60_000
const FIX = 'set the clock of this machine by NTP'

/** Our clock against the provider's and Redis'. */
export function checkClocks({ zones, redis, setup }: Sight): readonly Said[] {
  const theirs = zones.flatMap((sight) => skewOf(sight) ?? [])
  const skew = theirs.reduce<number | null>(
    (least, one) => (least === null || Math.abs(one) < Math.abs(least) ? one : least),
    null,
  )
  // The emulator's clock is moved by hand: its Date is that of the machine.
  const provider = skew === null ? note(`what time ${setup.apiUrl} has nobody told`) : providerSaid(skew)
  return redis.ok ? [provider, redisSaid(redis.value.skewMs)] : [provider]
}

/** The least skew that explains an answer: it was written between asking and hearing, and tells whole seconds. */
function skewOf({ answer, askedMs, answeredMs }: ZoneSight): number | null {
  if (!answer.ok || answer.value.saidMs === null) return null
  const { saidMs } = answer.value
  return Math.max(0, askedMs - (saidMs + 1_000)) + Math.min(0, answeredMs - saidMs)
}

function providerSaid(skewMs: number): Said {
  const text = `this clock is ${sideOf(skewMs)} the provider's`
  if (Math.abs(skewMs) <= CLOCK_SKEW_MAX_MS) return fine(text)
  const isRefused = Math.abs(skewMs) > SIGNATURE_SKEW_MAX_MS
  const why = isRefused
    ? 'Object Storage refuses every call beyond 15 minutes'
    : 'beyond 15 minutes Object Storage refuses every call'
  return isRefused ? wrong(`${text}; ${why}`, FIX) : note(`${text}; ${why}`, FIX)
}

function redisSaid(skewMs: number): Said {
  const text = `this clock is ${sideOf(skewMs)} that of Redis`
  return Math.abs(skewMs) <= CLOCK_SKEW_MAX_MS
    ? fine(text)
    : wrong(`${text}; no worker starts beyond 5 s`, 'set the clocks of both machines by NTP')
}

function sideOf(skewMs: number): string {
  if (Math.abs(skewMs) < 500) return 'the same as'
  return `${(Math.abs(skewMs) / 1_000).toFixed(1)} s ${skewMs > 0 ? 'ahead of' : 'behind'}`
}
