import type { Migration, MigrationId, Result } from '@snapferry/migration'
import type { FastifyRequest } from 'fastify'
import { principalOn } from './access.ts'
import { type Idempotency, idempotencyOf, readKey } from './idempotency.ts'
import type { ApiNeeds } from './needs.ts'
import type { Principal } from './principal.ts'
import { type Refusal, Refused } from './refusal.ts'

/** The identity of a request that carries an Idempotency-Key; null without one. */
export function keyedBy(
  request: FastifyRequest,
  of: { readonly by: Principal; readonly route: string; readonly body: unknown },
): Idempotency | null {
  const key = readKey(request.headers['idempotency-key'])
  if (!key.ok) throw new Refused(key.failure)
  return key.value === null ? null : idempotencyOf({ ...of, key: key.value })
}

/**
 * Writes a write into log and audit, then goes on with its good end or throws its refusal. The change came first, under its own
 * transaction, and its events say who asked for it and when: so a line that Redis does not take is told, and no reason to answer
 * that nothing happened.
 */
export async function audited<T extends { readonly record: Migration }>(
  { telemetry, audit }: ApiNeeds,
  request: FastifyRequest,
  what: { readonly action: 'create' | 'cancel' | 'retry'; readonly id: MigrationId | null },
  result: Result<T, Refusal>,
): Promise<T> {
  const { action } = what
  const migrationId = result.ok ? result.value.record.id : what.id
  const fact = {
    by: principalOn(request).name,
    requestId: request.id,
    outcome: result.ok ? outcomeOf(result.value) : result.failure.code,
  }
  telemetry.writeAsked({ ...fact, action, migrationId })
  try {
    await audit.write({ ...fact, action, target: migrationId })
  } catch (error) {
    telemetry.log.error({ err: error, requestId: request.id }, 'audit line not kept')
  }
  if (!result.ok) throw new Refused(result.failure)
  return result.value
}

function outcomeOf(value: object): string {
  return 'isReplay' in value && value.isReplay === true ? 'known' : 'accepted'
}
