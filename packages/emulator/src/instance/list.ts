import { requireProject } from '../api/authenticate.ts'
import { jsonAnswer } from '../api/json-answer.ts'
import { cutPage, type Page } from '../api/page.ts'
import type { Answer } from '../http/answer.ts'
import { type Call, principalOf } from '../http/call.ts'
import { mayUse } from '../principals.ts'
import type { World } from '../world.ts'

/** What both snapshots and volumes are filtered by. */
export interface Listed {
  id: string
  name: string
  tags: string[]
  projectId: string
  organizationId: string
  createdMs: number
}

/** Those of `all` that the caller may see and the query wants, oldest first. */
export function filterListed<T extends Listed>(
  world: World,
  call: Call,
  all: readonly T[],
  resource: string,
): T[] {
  const { query } = call
  const principal = principalOf(call)
  const project = query.get('project') ?? undefined
  requireProject('instance', principal, project, { action: 'read', resource })
  const organization = query.get('organization')
  const name = query.get('name')
  const tags = (query.get('tags') ?? '').split(',').filter((tag) => tag !== '')
  const hasTags = (one: T) => {
    if (tags.length === 0) return true
    const has = (tag: string) => one.tags.includes(tag)
    return world.switches.instanceTags === 'all' ? tags.every(has) : tags.some(has)
  }
  return all
    .filter((one) => mayUse(principal, one.projectId))
    .filter((one) => project === undefined || one.projectId === project)
    .filter((one) => organization === null || one.organizationId === organization)
    .filter((one) => name === null || one.name.includes(name))
    .filter(hasTags)
    .sort((one, other) => one.createdMs - other.createdMs || (one.id < other.id ? -1 : 1))
}

/** A page as Instance answers it: the array alone in the body, the total and `Link` in headers. */
export function listAnswer<T>(
  call: Call,
  name: 'snapshots' | 'volumes',
  all: T[],
  wire: (one: T) => unknown,
): Answer {
  const size = { name: 'per_page', default: name === 'snapshots' ? 50 : 100 } as const
  const page = cutPage('instance', all, call.query, size)
  const answer = jsonAnswer('instance', 200, { [name]: page.items.map(wire) })
  const headers = { 'X-Total-Count': String(page.total), Link: linkOf(name, page, call.query) }
  return { ...answer, headers: { ...answer.headers, ...headers } }
}

/** The recorded form: relative without the zone, filters echoed behind per_page, a stray `&` when there are none. */
function linkOf(name: string, page: Page<unknown>, query: URLSearchParams): string {
  const filters = [...query].filter(([key]) => key !== 'page' && key !== 'per_page')
  const echo = filters.map(([key, value]) => `${key}=${encodeURIComponent(value)}`).join('&')
  const part = (number: number, rel: string) =>
    `</${name}?page=${number}&per_page=${page.perPage}&${echo}>; rel="${rel}"`
  const last = Math.max(1, Math.ceil(page.total / page.perPage))
  if (last === 1) return part(1, 'last')
  const parts = [part(1, 'first')]
  if (page.page > 1) parts.push(part(page.page - 1, 'previous'))
  if (page.page < last) parts.push(part(page.page + 1, 'next'))
  return [...parts, part(last, 'last')].join(',')
}
