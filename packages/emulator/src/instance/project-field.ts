import type { Fields } from '../api/fields.ts'
import { type Call, principalOf } from '../http/call.ts'

/** The body's project; the deprecated `organization` stands for the organisation's default project. Complains when both are missing. */
export function projectField(call: Call, fields: Fields): string | undefined {
  const projectId = fields.uuid('project')
  if (projectId !== undefined) return projectId
  const organizationId = fields.uuid('organization')
  if (organizationId === undefined) fields.complain('project', 'required', 'project is required')
  const { credential } = principalOf(call)
  return organizationId === credential.organizationId ? credential.projectId : organizationId
}
