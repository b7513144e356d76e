import type { Moment } from './decision.ts'
import type { Migration, Running } from './migration.ts'
import { current } from './phases/create.ts'
import type { Question } from './question.ts'
import { PHASES } from './route.ts'
import { RULES } from './rules.ts'
import { endedNeeds, queuedNeeds } from './standing.ts'
import { unwindNeeds } from './unwind.ts'

/** What a migration wants to see before its next decision. Pure and total. */
export function needs(m: Migration, moment: Moment): Question {
  switch (m.state) {
    case 'queued':
      return queuedNeeds(m)
    case 'running':
      return { ...(rechecksImage(m) ? imageLook(m) : {}), ...RULES[m.phase].needs(m, moment) }
    case 'unwinding':
      return unwindNeeds(m, moment)
    case 'needs_attention':
      return {}
    case 'succeeded':
    case 'failed':
    case 'cancelled':
      return endedNeeds(m, moment)
  }
}

/**
 * After a retry or a setback the image must still be the one that was inspected, as long as no copy was made of it. An
 * open intent comes first: it is settled in the phase that announced it, and a copy that it made needs no image.
 */
export function rechecksImage(m: Running): boolean {
  const isPastExport = PHASES.indexOf(m.phase) > PHASES.indexOf('inspect')
  const isUndecided = m.intent === null && current(m, 'copy') === null
  return m.recheck && !m.proven && isPastExport && isUndecided && m.facts.image !== undefined
}

function imageLook({ plan, facts }: Running): Question {
  return facts.image === undefined
    ? {}
    : { object: { region: plan.image.region, bucket: facts.image.bucket, key: facts.image.key } }
}
