import { isStalled, limitOf } from './deadline.ts'
import { type Decision, type Moment, record } from './decision.ts'
import { found } from './failure.ts'
import type { Migration, Running } from './migration.ts'
import { rechecksImage } from './needs.ts'
import type { Policy } from './policy.ts'
import { paced } from './poll.ts'
import type { Seen } from './question.ts'
import { RULES } from './rules.ts'
import { decideEnded, decideParked, decideQueued } from './standing.ts'
import { decideUnwind } from './unwind.ts'
import { blocked, fail, mayGoBack } from './waiting.ts'

/**
 * What a migration does next, decided from what is there and never from what we believe we did. Pure and total: it
 * has no port, no clock and no dice but those in `moment`.
 */
export function decide(m: Migration, seen: Seen, policy: Policy, moment: Moment): Decision {
  switch (m.state) {
    case 'queued':
      return decideQueued(m, seen, policy, moment)
    case 'running':
      return decideRunning(m, seen, policy, moment)
    case 'unwinding':
      return decideUnwind(m, seen, policy, moment)
    case 'needs_attention':
      return decideParked(m, policy, moment)
    case 'succeeded':
    case 'failed':
    case 'cancelled':
      return decideEnded(m, seen, policy, moment)
  }
}

function decideRunning(m: Running, seen: Seen, policy: Policy, moment: Moment): Decision {
  if (!m.proven && m.events >= m.eventsMax) {
    return fail(
      'goes-in-circles',
      m,
      found('too-many-events', `${m.events} events and no ending: it goes round in circles.`),
      [],
      policy,
      moment,
    )
  }
  const lost = rechecksImage(m) ? lostImage(m, seen, policy, moment) : null
  if (lost !== null) return lost
  const decision = RULES[m.phase].decide(m, seen, policy, moment)
  return decision.do === 'sleep' ? limited(m, paced(m, decision, policy, moment), policy, moment) : decision
}

type Sleeping = Extract<Decision, { do: 'sleep' }>

/** A limit never deletes: it asks a person, or, when the copy is proven, lists what could not be done. */
function limited(m: Running, sleep: Sleeping, policy: Policy, { pulse }: Moment): Decision {
  const isWithin = pulse.waitedMs < limitOf(m, policy)
  if (isWithin) return isStalled(m, pulse.waitedMs, policy) ? { ...sleep, stalled: true } : sleep
  const text = `Nothing has changed for ${Math.round(pulse.waitedMs / 60_000)} minutes of waiting in ${m.phase}.`
  const failure = found('stalled', text)
  return record('phase-limit-over', { type: 'phase-limit-over', waitedMs: pulse.waitedMs, failure })
}

function lostImage(m: Running, seen: Seen, policy: Policy, moment: Moment): Decision | null {
  const look = seen.object
  const { image } = m.facts
  if (look === undefined || image === undefined) return null
  if (!look.ok) return blocked(m, look.failure, 'image', policy, moment)
  if (look.value?.etag === image.etag && look.value.bytes === image.bytes) return null
  const text = `${image.bucket}/${image.key} is no longer the object that was inspected.`
  if (m.plan.source.kind === 'image')
    return fail('image-replaced', m, found('image-changed', text), [], policy, moment)
  const { bucket, region } = m.plan.image
  const thing = { what: 'image', id: image.key, region, bucket } as const
  const disown = [{ thing, round: m.round }]
  if (!mayGoBack(m))
    return fail('image-lost-again', m, found('export-left-nothing', text), disown, policy, moment)
  const lost = { type: 'proof-lost', phase: 'export', because: text } as const
  return record('image-lost', { type: 'disowned', found: disown }, lost)
}
