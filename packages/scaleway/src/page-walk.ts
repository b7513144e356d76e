import { bad, type CloudFailure, good, type Result } from '@snapferry/migration'

/** One page of a list, and how many rows the provider says there are in all. */
export interface Page<R> {
  readonly rows: readonly R[]
  readonly total: number
}

/** The organisation quota is 99,999 snapshots: 1,000 pages of 100. */
const PAGES_MAX = 1000
/** A list that moves under our feet is walked again from its start this often. */
const WALKS_MAX = 3

/** Rows a page is asked for; what more would do is not documented. */
export const PAGE_ROWS = 100

/**
 * Walks a list to its end. Rows are counted by id, so a provider that sends smaller pages than asked, or moves rows
 * between pages, costs another page but never a row: a list is whole when it holds as many ids as its total says.
 */
export async function walkPages<R extends { readonly id: string }>(
  page: (number: number) => Promise<Result<Page<R>, CloudFailure>>,
  moved: (words: string) => CloudFailure,
): Promise<Result<readonly R[], CloudFailure>> {
  for (let walk = 1; walk <= WALKS_MAX; walk++) {
    const rows = await walkOnce(page)
    if (!rows.ok) return rows
    if (rows.value !== null) return good(rows.value)
  }
  return bad(moved(`the list changed during ${WALKS_MAX} walks`))
}

/** null when the list changed, or a page brought nothing new before the total was reached. */
async function walkOnce<R extends { readonly id: string }>(
  page: (number: number) => Promise<Result<Page<R>, CloudFailure>>,
): Promise<Result<readonly R[] | null, CloudFailure>> {
  const byId = new Map<string, R>()
  let total: number | null = null
  for (let number = 1; number <= PAGES_MAX; number++) {
    const answer = await page(number)
    if (!answer.ok) return answer
    const { rows } = answer.value
    if (total !== null && total !== answer.value.total) return good(null)
    total = answer.value.total
    const known = byId.size
    for (const row of rows) byId.set(row.id, row)
    if (byId.size >= total) return good([...byId.values()])
    if (byId.size === known) return good(null)
  }
  return good(null)
}
