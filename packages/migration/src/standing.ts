import { parkedSleepMs } from './attention.ts'
import type { Decision, Moment } from './decision.ts'
import { record } from './decision.ts'
import { type Item, leftoversOf } from './ledger.ts'
import type { Ended, Parked, Queued } from './migration.ts'
import { COPY_NOT_MARKED, isProvenCopy } from './moves.ts'
import type { Policy } from './policy.ts'
import { check, checkNeeds } from './preflight.ts'
import type { Question, Seen } from './question.ts'
import { removal, removalNeeds } from './remove.ts'
import { firstPhase } from './route.ts'
import { heldFor, unwell, wait } from './waiting.ts'

/** Queued: the first checks, then admission into the first phase. */
export function decideQueued(m: Queued, seen: Seen, policy: Policy, moment: Moment): Decision {
  const held = accountRefuses(m, seen, moment)
  if (held !== null) return held
  const checked = check(m.plan, seen)
  switch (checked.kind) {
    case 'bad':
      return record('checks-bad', { type: 'checked-bad', failure: checked.failure })
    case 'unknown': {
      const { failure, why } = checked
      if (failure === null) return wait(why.code, why.text, policy, moment)
      return { do: 'sleep', ...unwell(failure, policy, moment) }
    }
    case 'good': {
      const { plan, facts } = checked
      // What the phase takes it asks for there: a migration that stands in line must not check itself again and again.
      const phase = firstPhase(plan.source.kind)
      return record('checks-good', { type: 'admitted', phase, plan, facts, claims: [] })
    }
  }
}

/** A refusal of the first checks that is the account's and not this request's. */
function accountRefuses(m: Queued, seen: Seen, moment: Moment): Decision | null {
  for (const [slot, role] of CHECKED) {
    const look = seen[slot]
    const held = look === undefined || look.ok ? null : heldFor(m, look.failure, role, null, moment)
    if (held !== null) return { do: 'sleep', ...held }
  }
  return null
}

const CHECKED = [
  ['source', 'source'],
  ['volume', 'source'],
  ['bucket', 'bucket'],
  ['object', 'image'],
] as const

/** What the first checks look at. */
export function queuedNeeds(m: Queued): Question {
  return checkNeeds(m.plan)
}

/** Parked: a reminder each day, and an end of the waiting. A clock that jumped a little ends nothing early. */
export function decideParked(m: Parked, policy: Policy, { now }: Moment): Decision {
  const parkedMs = now - m.parkedAt
  if (parkedMs >= policy.attentionLimitMs) return record('park-limit-over', { type: 'park-limit-over' })
  const sleepMs = parkedSleepMs(m, policy, now)
  return { do: 'sleep', sleepMs, why: { code: 'needs-attention', text: m.failure.text } }
}

/** The lines of an ended migration that are due: a kept image whose time is over, and what was left and is tried again. */
export function dueItems(m: Ended, now: number): readonly Item[] {
  return m.ledger.filter((item) => {
    if (isProvenCopy(m, item.thing.id)) return false
    if (item.state === 'kept') return item.untilMs !== undefined && item.untilMs <= now
    if (item.state === 'left') return item.reason !== COPY_NOT_MARKED && item.reason !== 'not-ours'
    return item.state === 'disowned' || item.state === 'made'
  })
}

/** What the clean-up of an ended migration looks at. */
export function endedNeeds(m: Ended, { now }: Moment): Question {
  return removalNeeds(m, dueItems(m, now))
}

/** Ended: removes what is due; what still cannot be removed stays listed until the next night. */
export function decideEnded(m: Ended, seen: Seen, policy: Policy, moment: Moment): Decision {
  const items = dueItems(m, moment.now)
  const text = `${leftoversOf(m.ledger).length} things could not be removed.`
  if (items.length === 0)
    return { do: 'sleep', sleepMs: policy.leftoverRetryMs, why: { code: 'left-behind', text } }
  return removal(m, items, seen, policy, { ...moment, pulse: { ...moment.pulse, waitedMs: 0 } })
}
