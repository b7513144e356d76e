import type { Decision, Moment } from './decision.ts'
import { record } from './decision.ts'
import { failureOfCall, isTransient } from './failure.ts'
import { type Item, leftoversOf } from './ledger.ts'
import type { Ended, Parked, Queued } from './migration.ts'
import { COPY_NOT_MARKED, isProvenCopy } from './moves.ts'
import { sourceClaim } from './plan.ts'
import type { Policy } from './policy.ts'
import { check, checkNeeds } from './preflight.ts'
import type { Question, Seen } from './question.ts'
import { removal, removalNeeds } from './remove.ts'
import { firstPhase } from './route.ts'
import { fail, unwell, wait } from './waiting.ts'

/** Queued: the first checks, then admission into the first phase with the claim it takes. */
export function decideQueued(m: Queued, seen: Seen, policy: Policy, moment: Moment): Decision {
  const checked = check(m.plan, seen)
  switch (checked.kind) {
    case 'bad':
      return record('checks-bad', { type: 'checked-bad', failure: checked.failure })
    case 'unknown': {
      const { failure, why } = checked
      if (failure === null) return wait(why.code, why.text, policy, moment)
      if (isTransient(failure)) return { do: 'sleep', ...unwell(failure, policy, moment) }
      return fail('checks-refused', m, failureOfCall(failure, 'source'), [], policy, moment)
    }
    case 'good': {
      const { plan, facts } = checked
      const phase = firstPhase(plan.source.kind)
      const claims =
        phase === 'export' && plan.from !== null && facts.snapshot !== undefined
          ? [sourceClaim(plan.from, facts.snapshot)]
          : []
      return record('checks-good', { type: 'admitted', phase, plan, facts, claims })
    }
  }
}

/** What the first checks look at. */
export function queuedNeeds(m: Queued): Question {
  return checkNeeds(m.plan)
}

/** Parked: a reminder each day, and an end of the waiting. A clock that jumped a little ends nothing early. */
export function decideParked(m: Parked, policy: Policy, { now }: Moment): Decision {
  const parkedMs = now - m.parkedAt
  if (parkedMs >= policy.attentionLimitMs) return record('park-limit-over', { type: 'park-limit-over' })
  const sleepMs = Math.min(policy.reminderMs, policy.attentionLimitMs - parkedMs)
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
