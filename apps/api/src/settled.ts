import type { Result } from '@snapferry/migration'
import type { AuditFact } from '@snapferry/telemetry'
import type { FastifyRequest } from 'fastify'
import { principalOn } from './access.ts'
import type { ApiNeeds } from './needs.ts'
import { type Refusal, Refused } from './refusal.ts'

/**
 * Tells the log of a change of settings that was asked for, then goes on with its good end or throws its refusal. The audit
 * has the line of a change together with the change itself, from where it is made; a refusal changed nothing, so a line of it
 * that Redis does not take is told and no more.
 */
export async function settled<T>(
  { telemetry, audit }: ApiNeeds,
  request: FastifyRequest,
  about: { readonly action: AuditFact['action']; readonly target: string },
  result: Result<T, Refusal>,
): Promise<T> {
  const outcome = result.ok ? 'accepted' : result.failure.code
  const fact = { by: principalOn(request).name, requestId: request.id, ...about, outcome }
  telemetry.writeAsked({ ...fact, migrationId: null })
  if (result.ok) return result.value
  try {
    await audit.write(fact)
  } catch (error) {
    telemetry.log.error({ err: error, requestId: request.id }, 'audit line not kept')
  }
  throw new Refused(result.failure)
}
