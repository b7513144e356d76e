import { fine, note, type Said, wrong } from '../finding.ts'
import type { Sight } from '../sight.ts'
import { isDenied, wordsOf } from './words-of.ts'

/** Whether the key may look into its project: a list of another project is refused. */
export function checkProject({ setup: { projectId, organizationId }, zones }: Sight): readonly Said[] {
  const owner = organizationId === null ? '' : ` of organisation ${organizationId}`
  if (zones.some(({ answer }) => answer.ok)) return [fine(`project ${projectId}${owner} can be looked into`)]
  const denied = zones.flatMap(({ answer }) => (answer.ok ? [] : [answer.failure])).find(isDenied)
  if (denied === undefined)
    return [note(`whether project ${projectId} can be looked into nobody told`, 'see key and zones')]
  return [
    wrong(
      `the key may not look into project ${projectId}: ${wordsOf(denied)}`,
      'set SCW_DEFAULT_PROJECT_ID to a project of the key, or give the key InstancesFullAccess and BlockStorageFullAccess there',
    ),
  ]
}
