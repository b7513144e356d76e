import type { ProblemItem } from '@snapferry/contracts'
import { isProblemCode } from '@snapferry/contracts'
import {
  bad,
  type Concern,
  check,
  checkNeeds,
  good,
  observe,
  type Plan,
  type Result,
} from '@snapferry/migration'
import type { ApiNeeds } from './needs.ts'
import type { Refusal } from './refusal.ts'

/** How long a request may wait for the provider's answers; after that it is accepted and the first tick checks. */
export const PREFLIGHT_MS = 3_000

/** The plan to accept: with every default from the source when the provider answered in time, else as it was asked. */
export async function preflight(
  plan: Plan,
  { looks, pause, stopping }: Pick<ApiNeeds, 'looks' | 'pause' | 'stopping'>,
): Promise<Result<Plan, Refusal>> {
  const looked = new AbortController()
  const enough = AbortSignal.any([stopping, looked.signal])
  const tooLate = pause(PREFLIGHT_MS, enough).then(() => null)
  // The timer is stopped after the race, so that its end is never taken for the answer.
  const seen = await Promise.race([observe(checkNeeds(plan), looks), tooLate]).finally(() => looked.abort())
  if (seen === null) return good(plan)
  const checked = check(plan, seen)
  switch (checked.kind) {
    case 'good':
      return good(checked.plan)
    case 'unknown':
      return good(plan)
    case 'bad':
      return bad(refusalOf(checked.concerns))
  }
}

/** The critical concerns as one refusal; its code is the first's. */
export function refusalOf(concerns: readonly Concern[]): Refusal {
  const items = concerns.filter((concern) => concern.severity === 'critical').map(itemOf)
  const [first] = items
  if (first === undefined) throw new Error('refused without a critical concern')
  return { code: first.code, detail: first.detail, fix: first.fix, items }
}

function itemOf({ code, pointer, text, fix, words, requestId }: Concern): ProblemItem {
  return {
    code: isProblemCode(code) ? code : 'check_failed',
    detail: text,
    pointer,
    fix,
    ...(words === null ? {} : { words }),
    ...(requestId === null ? {} : { providerRequestId: requestId }),
  }
}
