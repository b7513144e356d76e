import { bad, good, type Result } from '@snapferry/migration'

/** The total of a list of the Instance API: its bodies have none, it stands in X-Total-Count. */
export function totalOf(headers: Readonly<Record<string, string | undefined>>): Result<number, string> {
  const total = headers['x-total-count'] ?? ''
  return /^\d{1,9}$/.test(total)
    ? good(Number(total))
    : bad(`X-Total-Count ${JSON.stringify(total.slice(0, 20))} is no number`)
}
