import type { MigrationView } from '@snapferry/contracts'
import {
  adviceFor,
  attentionOf,
  copyName,
  type Failure,
  isEnded,
  type Keep,
  leftoversOf,
  type Migration,
  nextReminderAt,
  type Parked,
  POLICY,
  type Pulse,
  type Source,
  type Why,
  whyShown,
} from '@snapferry/migration'

/** A migration as every answer shows it: what is only internal stays here, what is gone is not shown. */
export function toView(m: Migration, pulse: Pulse): MigrationView {
  const failure = failureOf(m)
  const why = isEnded(m) ? null : whyShown(pulse)
  return {
    id: m.id,
    state: m.state,
    done: isEnded(m),
    ...('phase' in m && m.phase !== null ? { phase: m.phase } : {}),
    attempt: m.attempt,
    attemptsMax: m.attemptsMax,
    createTime: time(m.createdAt),
    ...(m.startedAt === null ? {} : { startTime: time(m.startedAt) }),
    ...(isEnded(m) ? { endTime: time(m.endedAt) } : { nextTickTime: time(pulse.wakeAt) }),
    ...(why === null ? {} : { why: whyView(why, pulse) }),
    plan: planOf(m),
    ...things(m),
    ...(failure === null ? {} : { failure: failureView(failure) }),
    ...(m.state === 'needs_attention' ? { attention: attentionView(m, pulse) } : {}),
    leftovers: [...leftoversOf(m.ledger)],
    ...(m.retryOf === null ? {} : { retryOf: m.retryOf }),
  }
}

function whyView(why: Why, { stalledSince }: Pulse): NonNullable<MigrationView['why']> {
  const stalled = stalledSince === undefined ? {} : { stalledSince: time(stalledSince) }
  return { ...why, since: time(why.since), ...stalled }
}

/** A failure with its fix. */
export function failureView({
  kind,
  text,
  words,
  requestId,
}: Failure): NonNullable<MigrationView['failure']> {
  return { kind, text, words, requestId, fix: adviceFor(kind).fix }
}

/** What a parked migration waits for, with where to ask for it. */
function attentionView(m: Parked, { wakeAt }: Pulse): NonNullable<MigrationView['attention']> {
  const { since, failure, tell, fix, remedies, decidesAt } = attentionOf(m, POLICY)
  const reminderAt = nextReminderAt(m, POLICY, wakeAt)
  return {
    ...{ since: time(since), kind: failure.kind, text: failure.text, who: tell, fix },
    remedies: remedies.map(({ action, text }) =>
      action === 'wait' ? { action, text } : { action, text, href: `/v1/migrations/${m.id}/${action}` },
    ),
    ...(reminderAt === null ? {} : { nextReminderTime: time(reminderAt) }),
    decidesTime: time(decidesAt),
  }
}

/** Milliseconds since 1970 as RFC 3339 in UTC. */
export function time(ms: number): string {
  return new Date(ms).toISOString()
}

function failureOf(m: Migration): Failure | null {
  if (m.state === 'failed' || m.state === 'needs_attention') return m.failure
  return m.state === 'unwinding' && m.cause.ending === 'failed' ? m.cause.failure : null
}

function planOf(m: Migration): MigrationView['plan'] {
  const { plan } = m
  const { copy } = plan
  const isImage = plan.source.kind === 'image'
  return {
    source: sourceView(plan.source),
    ...(plan.from === null ? {} : { from: plan.from }),
    to: plan.to,
    copy: {
      ...(copy.name === null ? {} : { name: copyName(m) }),
      ...(copy.tags === null ? {} : { tags: [...copy.tags] }),
      ...(copy.sizeBytes === null ? {} : { size: copy.sizeBytes }),
      ...(copy.project === null ? {} : { project: copy.project }),
      ...(copy.type === null ? {} : { type: copy.type }),
    },
    // A body for an image refuses both; so does its plan.
    ...(isImage ? {} : { image: { bucket: plan.image.bucket, keep: keepText(plan.image.keep) } }),
    ...(isImage ? {} : { takenSnapshot: { keep: plan.takenSnapshot.keep } }),
    labels: { ...plan.labels },
    priority: plan.priority ?? 0,
  }
}

function sourceView(source: Source): MigrationView['plan']['source'] {
  switch (source.kind) {
    case 'snapshot':
      return { snapshot: source.id }
    case 'volume':
      return { volume: source.id }
    case 'image':
      return { image: { bucket: source.bucket, key: source.key } }
  }
}

function keepText(keep: Keep): string {
  return keep.kind === 'days' ? `P${keep.days}D` : keep.kind
}

/** What was made, as long as it exists. An image that the caller brought is shown too, although no ledger has it. */
function things({ facts, ledger, plan }: Migration): Pick<MigrationView, 'image' | 'takenSnapshot' | 'copy'> {
  const exists = (id: string) => ledger.some((item) => item.thing.id === id && item.state !== 'removed')
  const { image, snapshot, copy } = facts
  const size = facts.sizeBytes ?? plan.copy.sizeBytes ?? facts.virtualBytes
  const isShown = image !== undefined && (plan.source.kind === 'image' || exists(image.key))
  return {
    ...(isShown ? { image: { bucket: image.bucket, key: image.key, bytes: image.bytes } } : {}),
    ...(plan.source.kind === 'volume' && snapshot !== undefined && exists(snapshot)
      ? { takenSnapshot: { id: snapshot } }
      : {}),
    ...(copy !== undefined && size !== undefined && exists(copy)
      ? { copy: { id: copy, zone: plan.to, size } }
      : {}),
  }
}
