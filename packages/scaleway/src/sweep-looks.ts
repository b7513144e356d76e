import {
  type Answer,
  good,
  isOfFamily,
  type Result,
  type SnapshotsPlace,
  type SweepLooks,
} from '@snapferry/migration'
import type { Api, Reader } from './api.ts'
import { checkBlockList, checkBlockSnapshot, readBlockSnapshot } from './block-wire.ts'
import { checkInstanceList, checkInstanceSnapshot, readInstanceSnapshot } from './instance-wire.ts'
import { jsonReader } from './json-reader.ts'
import type { S3Of } from './object-storage.ts'
import { PAGE_ROWS, type Page } from './page-walk.ts'
import { type Row, readRowsWith, type WantedBy } from './rows.ts'
import { listObjects, listUploads } from './sweep-storage.ts'
import { totalOf } from './total-count.ts'
import { walkAll } from './walk-all.ts'

/**
 * The lists of a sweep. The provider filters by one whole tag only, and what a sweep looks for has tags nobody knows in full:
 * so every snapshot of a project is listed, and only those with a mark of the family are read.
 */
export function openSweepLooks(
  apis: { readonly instance: Api; readonly block: Api },
  s3Of: S3Of,
): SweepLooks {
  return {
    marked: (at) =>
      at.backend === 'block' ? markedBlock(apis.block, at) : markedInstance(apis.instance, at),
    objects: async ({ region, bucket }, prefix) => {
      const s3 = s3Of(region)
      return s3.ok ? listObjects(s3.value, { bucket, prefix }) : s3
    },
    uploads: async ({ region, bucket }, prefix) => {
      const s3 = s3Of(region)
      return s3.ok ? listUploads(s3.value, { bucket, prefix }) : s3
    },
  }
}

type Marked = ReturnType<SweepLooks['marked']>

async function markedBlock(api: Api, at: SnapshotsPlace): Marked {
  const read = jsonReader(checkBlockList, ({ snapshots, total_count }): Result<Page<Row>, string> => {
    const rows = readRowsWith(snapshots, wantedAt(at), checkBlockSnapshot, readBlockSnapshot)
    return rows.ok ? good({ rows: rows.value, total: total_count }) : rows
  })
  const paging = { order_by: 'created_at_asc', page_size: String(PAGE_ROWS) }
  return rowsOf((page) =>
    api.get('ListSnapshots', pathOf('block', at, { project_id: at.project, ...paging, page }), read),
  )
}

async function markedInstance(api: Api, at: SnapshotsPlace): Marked {
  const read: Reader<Page<Row>> = (answered) =>
    jsonReader(checkInstanceList, ({ snapshots }): Result<Page<Row>, string> => {
      const total = totalOf(answered.headers)
      if (!total.ok) return total
      const rows = readRowsWith(snapshots, wantedAt(at), checkInstanceSnapshot, readInstanceSnapshot)
      return rows.ok ? good({ rows: rows.value, total: total.value }) : rows
    })(answered)
  return rowsOf((page) =>
    api.get(
      'ListSnapshots',
      pathOf('instance', at, { project: at.project, per_page: String(PAGE_ROWS), page }),
      read,
    ),
  )
}

async function rowsOf(page: (number: string) => Answer<Page<Row>>): Marked {
  const rows = await walkAll((number) => page(String(number)))
  return rows.ok ? good(rows.value.flatMap(({ seen }) => seen ?? [])) : rows
}

function wantedAt({ zone, project }: SnapshotsPlace): WantedBy {
  return { zone, project, has: isOfFamily }
}

function pathOf(api: 'instance' | 'block', { zone }: SnapshotsPlace, query: Record<string, string>): string {
  return `/${api}/v1/zones/${encodeURIComponent(zone)}/snapshots?${new URLSearchParams(query)}`
}
