import { regionOf, type Zone, zoneHas } from '@snapferry/migration'
import { fine, note, type Said, wrong } from '../finding.ts'
import type { Sight, ZoneSight } from '../sight.ts'
import { wordsOf } from './words-of.ts'

/** Which API answers in which zone. A zone of a region without a bucket of ours is nobody's loss. */
export function checkZones({ zones, setup }: Sight): readonly Said[] {
  const rows = zones.filter(({ what }) => what === 'snapshots')
  const names = [...new Set(rows.map(({ zone }) => zone))]
  const used = new Set<string>(setup.buckets.map(({ region }) => region))
  return names.map((zone) => {
    const isUsed = used.size === 0 || used.has(regionOf(zone))
    return zoneSaid(
      zone,
      rows.filter((row) => row.zone === zone),
      isUsed,
    )
  })
}

function zoneSaid(zone: Zone, rows: readonly ZoneSight[], isUsed: boolean): Said {
  const parts = rows.map((row) => partOf(row))
  const text = `${zone}: ${parts.map(({ words }) => words).join(', ')}`
  const broken = parts.filter(({ isWell }) => !isWell)
  if (broken.length === 0) return fine(text)
  if (!isUsed) return note(`${text}; no bucket of this region is set, so nothing is carried here`)
  return wrong(
    text,
    'when it says no answer, see that this machine reaches the provider; when it says 401 or 403, see key and rights',
  )
}

/** Missing where it is not sold is as it should be. */
function partOf({ zone, backend, answer }: ZoneSight): { words: string; isWell: boolean } {
  if (answer.ok) {
    const count = answer.value.total === null ? '' : ` (${answer.value.total} snapshots)`
    return { words: `${backend} answers${count}`, isWell: true }
  }
  if (!zoneHas(zone, backend) && answer.failure.kind === 'missing')
    return { words: `${backend} is not sold here`, isWell: true }
  return { words: wordsOf(answer.failure), isWell: false }
}
