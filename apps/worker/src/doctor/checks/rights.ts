import { fine, note, type Said, wrong } from '../finding.ts'
import type { Sight } from '../sight.ts'
import { nameOf } from './buckets.ts'
import { isThere } from './policies.ts'
import { isDenied, wordsOf } from './words-of.ts'

const SETS = { instance: 'InstancesFullAccess', block: 'BlockStorageFullAccess' } as const

/** Which rights reads show, and which are missing. */
export function checkRights(sight: Sight): readonly Said[] {
  const unseen = note(
    'whether the key may write (export, import, tag, delete) no read can tell',
    'it needs InstancesFullAccess, BlockStorageFullAccess and ObjectStorageObjectsRead, -Write and -Delete',
  )
  return [...apiRights(sight), ...bucketRights(sight), unseen]
}

function apiRights({ zones }: Sight): readonly Said[] {
  return (['instance', 'block'] as const).flatMap((backend) =>
    (['snapshots', 'volumes'] as const).flatMap((what): Said[] => {
      const answers = zones.filter((row) => row.backend === backend && row.what === what)
      const denied = answers.flatMap(({ answer }) => (answer.ok ? [] : [answer.failure])).find(isDenied)
      if (denied !== undefined)
        return [
          wrong(
            `the key may not list ${what} of ${backend}: ${wordsOf(denied)}`,
            `give it ${SETS[backend]} in the project`,
          ),
        ]
      return answers.some(({ answer }) => answer.ok) ? [fine(`may list ${what} of ${backend}`)] : []
    }),
  )
}

function bucketRights({ buckets, setup }: Sight): readonly Said[] {
  return buckets.filter(isThere).flatMap((sight): Said[] => {
    const { listing, reading } = sight.seen
    const sides = [
      { what: 'list keys', answer: listing, set: 'ObjectStorageObjectsRead and ObjectStorageBucketsRead' },
      { what: 'read objects', answer: reading, set: 'ObjectStorageObjectsRead' },
    ]
    const missing = sides.flatMap(({ what, answer, set }) =>
      answer.ok
        ? []
        : [
            wrong(
              `${nameOf(sight)}: the key may not ${what} under ${setup.prefix}/: ${wordsOf(answer.failure)}`,
              `give it ${set}; a bucket policy must allow it as well`,
            ),
          ],
    )
    return missing.length > 0 ? missing : [fine(`${nameOf(sight)}: may list keys and read objects`)]
  })
}
