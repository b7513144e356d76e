import { type BadArgument, type Dialect, invalidArguments } from './refusals.ts'

/** One page of a list, with what a `Link` header needs. */
export interface Page<T> {
  items: T[]
  total: number
  page: number
  perPage: number
}

/** More than this per page is refused; what the provider does with it is unknown. */
export const PER_PAGE_MAX = 100

/** Cuts the page out of `all` that the query asks for; `sizeName` is `per_page` or `page_size`. */
export function cutPage<T>(
  dialect: Dialect,
  all: readonly T[],
  query: URLSearchParams,
  size: { name: 'per_page' | 'page_size'; default: number },
): Page<T> {
  const page = numberIn(dialect, query, 'page', { default: 1, max: Number.MAX_SAFE_INTEGER })
  const perPage = numberIn(dialect, query, size.name, { default: size.default, max: PER_PAGE_MAX })
  return { items: all.slice((page - 1) * perPage, page * perPage), total: all.length, page, perPage }
}

function numberIn(
  dialect: Dialect,
  query: URLSearchParams,
  name: string,
  bounds: { default: number; max: number },
): number {
  const text = query.get(name)
  if (text === null) return bounds.default
  const value = Number(text)
  if (Number.isSafeInteger(value) && value >= 1 && value <= bounds.max) return value
  const bad: BadArgument = {
    argument_name: name,
    reason: 'constraint',
    help_message: `${name} is out of range`,
  }
  throw invalidArguments(dialect, [bad])
}
