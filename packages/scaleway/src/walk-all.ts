import { type CloudFailure, good, type Result } from '@snapferry/migration'
import type { Page } from './page-walk.ts'

/** The organisation quota is 99,999 snapshots: 1,000 pages of 100. */
const PAGES_MAX = 1000

/**
 * Walks a list that other people change meanwhile, to its end. A walk that insists on one list (`walkPages`) never ends
 * in a busy project; here a row that moves between pages may be missed, and is seen the next time. Nothing may be
 * concluded from a row that is not there.
 */
export async function walkAll<R extends { readonly id: string }>(
  page: (number: number) => Promise<Result<Page<R>, CloudFailure>>,
): Promise<Result<readonly R[], CloudFailure>> {
  const byId = new Map<string, R>()
  for (let number = 1; number <= PAGES_MAX; number++) {
    const answer = await page(number)
    if (!answer.ok) return answer
    const { rows, total } = answer.value
    for (const row of rows) byId.set(row.id, row)
    if (rows.length === 0 || byId.size >= total) break
  }
  return good([...byId.values()])
}
