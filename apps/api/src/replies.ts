import type { MigrationView } from '@snapferry/contracts'
import { isEnded, type Migration, type Pulse } from '@snapferry/migration'
import type { FastifyReply } from 'fastify'
import { toView } from './view.ts'

/** The tag of a migration's representation: its version. */
export function etagOf({ v }: Pulse): string {
  return `"v${v}"`
}

/** Whether an If-None-Match names this tag. Weak comparison, as RFC 9110 §13.1.2 asks for. */
export function isKnownTag(tag: string, ifNoneMatch: string | undefined): boolean {
  if (ifNoneMatch === undefined) return false
  const tags = ifNoneMatch.split(',').map((one) => one.trim().replace(/^W\//, ''))
  return tags.includes(tag) || tags.includes('*')
}

/** 202 with the migration and where it is. */
export function answerAccepted(
  reply: FastifyReply,
  of: { readonly record: Migration; readonly pulse: Pulse; readonly isReplay?: boolean },
): MigrationView {
  reply.code(202).header('location', `/v1/migrations/${of.record.id}`).header('etag', etagOf(of.pulse))
  if (!isEnded(of.record)) reply.header('retry-after', '5')
  if (of.isReplay === true) reply.header('idempotency-replayed', 'true')
  return toView(of.record, of.pulse)
}
