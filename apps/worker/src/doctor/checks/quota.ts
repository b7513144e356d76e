import { note, type Said, wrong } from '../finding.ts'
import type { Sight } from '../sight.ts'
import { wordsOf } from './words-of.ts'

/** Room for more: the provider tells it only when it refuses. */
export function checkQuota({ zones, buckets }: Sight): readonly Said[] {
  const failures = [...zones.map(({ answer }) => answer), ...buckets.map(({ seen }) => seen.bucket)].flatMap(
    (answer) => (answer.ok ? [] : [answer.failure]),
  )
  const full = failures.find(({ kind }) => kind === 'quota')
  if (full !== undefined)
    return [
      wrong(`a quota is used up: ${wordsOf(full)}`, 'ask for more in the console (organisation, quotas)'),
    ]
  const counted = zones.filter(({ what }) => what === 'snapshots')
  const snapshots = counted.reduce((sum, { answer }) => sum + (answer.ok ? (answer.value.total ?? 0) : 0), 0)
  return [
    note(
      `quota headroom is not told by these APIs; the project has ${snapshots} snapshots of 99,999 for the organisation`,
      'each copy needs its full size once more in the storage total: see organisation, quotas in the console',
    ),
  ]
}
