import { type Decision, type Moment, record } from './decision.ts'
import type { Intent } from './event.ts'
import { found } from './failure.ts'
import { backendOf } from './ids.ts'
import type { Thing } from './ledger.ts'
import type { Unwinding } from './migration.ts'
import { NOTHING_FOUND } from './moves.ts'
import { candidate } from './phases/create.ts'
import { keyPrefix, wipTag } from './plan.ts'
import type { Policy } from './policy.ts'
import type { Question, Seen } from './question.ts'
import {
  lastLook,
  lookFailed,
  mayExport,
  ofSource,
  openItems,
  removal,
  removalNeeds,
  strangers,
} from './remove.ts'
import { limitMs } from './route.ts'
import { blocked, isConfirmed, wait } from './waiting.ts'

/** What undoing wants to see: first the fate of an open intent, then whether the provider has stopped, then what is left. */
export function unwindNeeds(m: Unwinding, moment: Moment): Question {
  if (m.intent !== null) return intentNeeds(m, m.intent)
  const items = openItems(m)
  if (items.length === 0) return { ...lastLook(m, moment), ...(isForgetful(m, moment) ? ofSource(m) : {}) }
  return removalNeeds(m, items)
}

/** Another Redis than before may have forgotten a create that is still on its way. */
function isForgetful(m: Unwinding, { redisRun }: Moment): boolean {
  return redisRun !== m.redisRun
}

/** Undoes what was made. It never parks and it always ends: what cannot be removed in its time is listed. */
export function decideUnwind(m: Unwinding, seen: Seen, policy: Policy, moment: Moment): Decision {
  const { waitedMs } = moment.pulse
  const limit = limitMs('import', m.facts.sizeBytes ?? 0) + policy.inUseLimitMs
  if (waitedMs >= limit) return overtime(m, waitedMs)
  if (m.intent !== null) return settleIntent(m, m.intent, seen, policy, moment)
  if (seen.source?.ok === false) return blocked(m, seen.source.failure, 'source', policy, moment)
  if (seen.source !== undefined && mayExport(seen.source.value))
    return wait(
      'provider-finishing',
      'The provider is still exporting the source; it cannot be stopped.',
      policy,
      moment,
    )
  const items = openItems(m)
  return items.length > 0 ? removal(m, items, seen, policy, moment) : lastLooked(m, seen, policy, moment)
}

/**
 * Undoing took longer than its limit: what is open is left, and the last look still follows, for a create whose answer
 * was lost may have shown up meanwhile. An export that nobody saw the end of may yet write its key.
 */
function overtime(m: Unwinding, waitedMs: number): Decision {
  const { intent, plan } = m
  const open = openItems(m).map(({ thing }) => thing.id)
  const text = 'Undoing took longer than its limit; what is left is listed.'
  if (intent === null && open.length === 0)
    return record('undo-limit-over', { type: 'phase-limit-over', waitedMs, failure: found('stalled', text) })
  const { bucket, region } = plan.image
  const isExport = intent?.phase === 'export'
  const fate = isExport
    ? ({ outcome: 'made', thing: { what: 'image', id: intent.mark, region, bucket }, adopted: true } as const)
    : ({ outcome: 'nothing', because: NOTHING_FOUND } as const)
  const settled = intent === null ? [] : [{ type: 'settled' as const, intent: intent.id, ...fate }]
  const ids = isExport ? [...open, intent.mark] : open
  const left = ids.length === 0 ? [] : [{ type: 'left' as const, ids, reason: 'limit' }]
  return record('undo-limit-over', ...settled, ...left)
}

/** Nothing is left that we know of: the last look says whether there is more. */
function lastLooked(m: Unwinding, seen: Seen, policy: Policy, moment: Moment): Decision {
  const failed = lookFailed(m, seen, policy, moment)
  if (failed !== null) return failed
  const more = strangers(m, seen)
  if (more.length > 0) return record('strangers-seen', { type: 'disowned', found: more })
  if (isForgetful(m, moment) && !isConfirmed(moment, 'answer-lost', policy.listLagMs))
    return wait(
      'answer-lost',
      'Redis may have forgotten a request of ours; looking for what it made.',
      policy,
      moment,
    )
  return record('nothing-left', { type: 'ledger-settled' })
}

function intentNeeds(m: Unwinding, intent: Intent): Question {
  const { plan } = m
  if (intent.phase === 'export') {
    const { bucket, region } = plan.image
    return { images: { bucket, region, prefix: keyPrefix(m) }, ...ofSource(m) }
  }
  const tag = wipTag(m, intent.round)
  const { backend, from, sourceProject, copy, to } = plan
  if (intent.phase === 'snapshot' && backend !== null && from !== null && sourceProject !== null) {
    return { tagged: { backend, zone: from, project: sourceProject, tag } }
  }
  return copy.type === null || copy.project === null
    ? {}
    : { tagged: { backend: backendOf(copy.type), zone: to, project: copy.project, tag } }
}

/** The fate of an open intent: found, or too old to come true, or not known yet. */
function settleIntent(m: Unwinding, intent: Intent, seen: Seen, policy: Policy, moment: Moment): Decision {
  if (seen.images?.ok === false && seen.images.failure.kind !== 'missing')
    return blocked(m, seen.images.failure, 'bucket', policy, moment)
  if (seen.tagged?.ok === false) return blocked(m, seen.tagged.failure, 'copy', policy, moment)
  const thing = madeBy(m, intent, seen)
  if (thing !== null)
    return record('answer-found', {
      type: 'settled',
      intent: intent.id,
      outcome: 'made',
      thing,
      adopted: true,
    })
  if (seen.source?.ok === false) return blocked(m, seen.source.failure, 'source', policy, moment)
  if (seen.source !== undefined && mayExport(seen.source.value))
    return wait(
      'provider-finishing',
      'The source is being exported; whether by us will show.',
      policy,
      moment,
    )
  if (moment.now - intent.at >= Math.max(policy.resendAgeMs, policy.listLagMs)) {
    const nothing = {
      type: 'settled',
      intent: intent.id,
      outcome: 'nothing',
      because: NOTHING_FOUND,
    } as const
    return record('answer-too-old', nothing)
  }
  return wait(
    'answer-lost',
    'The answer to our last request was lost; looking for what it made.',
    policy,
    moment,
  )
}

function madeBy(m: Unwinding, intent: Intent, seen: Seen): Thing | null {
  if (intent.phase === 'export') {
    const isThere = seen.images?.ok === true && seen.images.value.some(({ key }) => key === intent.mark)
    return isThere
      ? { what: 'image', id: intent.mark, region: m.plan.image.region, bucket: m.plan.image.bucket }
      : null
  }
  const row = seen.tagged?.ok === true ? candidate(m, seen.tagged.value) : null
  if (row === null) return null
  return {
    what: intent.phase === 'snapshot' ? 'taken-snapshot' : 'copy',
    id: row.id,
    backend: row.backend,
    zone: row.zone,
  }
}
