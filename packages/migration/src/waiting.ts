import { type BecauseCode, because } from './because.ts'
import type { CloudFailure } from './cloud-failure.ts'
import type { Act, Decision, Moment, Reason } from './decision.ts'
import type { EventBody, Found, Then } from './event.ts'
import { adviceFor, type Failure, failureOfCall, isTransient, type Role } from './failure.ts'
import { holdFor, PROBE_MS, type Raise, reasonOf as reasonOfHold } from './hold.ts'
import { isEnded, type Migration } from './migration.ts'
import { delayMs, type Policy } from './policy.ts'
import type { WhyCode } from './why.ts'

/** Looks again when it is worth it: soon at first, then ever more seldom. */
export function wait(code: WhyCode, text: string, policy: Policy, { pulse, dice }: Moment): Decision {
  return { do: 'sleep', sleepMs: delayMs(policy.poll, pulse.looks, dice), why: { code, text } }
}

/** Since when a migration has been waiting for this reason, or null when it waits for another one or for none. */
export function waitingSince({ pulse }: Moment, code: WhyCode): number | null {
  return pulse.why?.code === code ? pulse.why.since : null
}

/** Whether two looks at least `apartMs` apart gave this reason: the first of them is the pulse's `since`. */
export function isConfirmed(moment: Moment, code: WhyCode, apartMs: number): boolean {
  const since = waitingSince(moment, code)
  return since !== null && moment.now - since >= apartMs
}

/**
 * What follows when a look failed. What is wrong with the account puts up a hold; what time alone may heal spends no
 * attempt; anything else is a failed attempt, except where there is only forward (proven) or only back (unwinding): there it is waited out within the limits.
 */
export function blocked(
  m: Migration,
  failure: CloudFailure,
  role: Role,
  policy: Policy,
  moment: Moment,
): Decision {
  const held = heldFor(m, failure, role, null, moment)
  if (held !== null) return { do: 'sleep', ...held }
  if (isTransient(failure) || !mayFail(m)) return { do: 'sleep', ...unwell(failure, policy, moment) }
  return fail('look-refused', m, failureOfCall(failure, role), [], policy, moment)
}

/** How a failure that is the account's is waited out, with the hold it puts up; null when it is the migration's own. */
export function heldFor(
  m: Migration,
  failure: CloudFailure,
  role: Role,
  act: Act['act'] | null,
  moment: Moment,
): { readonly sleepMs: number; readonly why: Reason; readonly hold: Raise } | null {
  const hold = isEnded(m) ? null : holdFor(m, failure, role, act, moment)
  if (hold === null) return null
  const sleepMs = delayMs({ firstMs: PROBE_MS, factor: 1, capMs: PROBE_MS, jitter: 0.5 }, 0, moment.dice)
  return { sleepMs, why: reasonOfHold(hold), hold }
}

/** Whether a failed attempt can change where this migration goes. */
function mayFail(m: Migration): boolean {
  return m.state === 'queued' || (m.state === 'running' && !m.proven)
}

/**
 * How long to leave a provider alone that throttles or is unwell, and what to tell: full jitter below a growing bound,
 * never less than the provider asked for.
 */
export function unwell(
  failure: CloudFailure,
  policy: Policy,
  { pulse, dice }: Moment,
): { readonly sleepMs: number; readonly why: Reason } {
  const steady = delayMs(policy.unwell, pulse.looks, dice)
  const asked = failure.retryAfterMs === null ? 0 : notBefore(failure.retryAfterMs, policy, dice)
  return { sleepMs: Math.max(steady, asked, policy.poll.firstMs / 2), why: reasonOf(failure) }
}

/** What the provider asked for, and up to a quarter more: whoever was told the same hour must not come in the same second. */
function notBefore(retryAfterMs: number, { unwell }: Policy, dice: number): number {
  return Math.round(retryAfterMs + dice * Math.max(unwell.firstMs, retryAfterMs / 4))
}

function reasonOf(failure: CloudFailure): Reason {
  const said = failure.words === '' ? (failure.status ?? failure.kind) : failure.words
  const text = `${failure.call}: ${said}`
  switch (failure.kind) {
    case 'throttled':
      return { code: 'provider-throttled', text }
    case 'busy':
      return { code: 'provider-busy', text }
    case 'in-use':
      return { code: 'in-use', text }
    case 'observing':
      return { code: 'observing', text }
    default:
      // A definite refusal counts as waited time: where nothing can fail any more, the limits must still end it.
      return { code: isTransient(failure) ? 'provider-unavailable' : 'provider-refuses', text }
  }
}

/** A failed attempt: what it was, which things it disowns, and what the catalogue makes of it. */
export function attempt(
  m: Migration,
  failure: Failure,
  disown: readonly Found[],
  policy: Policy,
  { dice }: Moment,
): { readonly events: readonly EventBody[]; readonly sleepMs: number; readonly why: Reason | null } {
  const advice = adviceFor(failure.kind)
  const attemptsMax = Math.min(m.attemptsMax, advice.attempts)
  const then: Then = m.attempt + m.setbacks < attemptsMax ? 'again' : advice.spent
  const waitMs = then === 'again' ? delayMs(policy.retry, m.attempt - 1, dice) : 0
  const event: EventBody = {
    type: 'attempt-failed',
    failure,
    attempt: m.attempt,
    attemptsMax,
    then,
    waitMs,
    disown,
  }
  const why: Reason | null =
    then === 'again'
      ? { code: 'next-attempt', text: `Attempt ${m.attempt + 1} of ${attemptsMax} comes next.` }
      : null
  return { events: [event], sleepMs: waitMs, why }
}

const SETBACKS_MAX = 2

/** Whether the way may go back once more: a proof that is lost each time must end like attempts that fail each time. */
export function mayGoBack(m: Migration): boolean {
  return m.setbacks < SETBACKS_MAX
}

/** The decision of a failed attempt, with facts that go before it. */
export function fail(
  rule: BecauseCode,
  m: Migration,
  failure: Failure,
  disown: readonly Found[],
  policy: Policy,
  moment: Moment,
  before: readonly EventBody[] = [],
): Decision {
  const { events, ...rest } = attempt(m, failure, disown, policy, moment)
  return { do: 'record', events: [...before, ...events], ...rest, because: because(rule) }
}
