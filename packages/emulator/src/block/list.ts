import { requireProject } from '../api/authenticate.ts'
import { jsonAnswer } from '../api/json-answer.ts'
import { cutPage } from '../api/page.ts'
import { invalidArguments } from '../api/refusals.ts'
import type { Answer } from '../http/answer.ts'
import { type Call, principalOf } from '../http/call.ts'
import type { Listed } from '../instance/list.ts'
import { mayUse } from '../principals.ts'

/** Those of `all` that the caller may see and the query wants, in its order. Repeated `tags` mean any of them. */
export function filterBlock<T extends Listed>(call: Call, all: readonly T[], resource: string): T[] {
  const { query } = call
  const principal = principalOf(call)
  const project = query.get('project_id') ?? undefined
  requireProject('block', principal, project, { action: 'read', resource })
  const organization = query.get('organization_id')
  const name = query.get('name')
  const tags = query.getAll('tags')
  return all
    .filter((one) => mayUse(principal, one.projectId))
    .filter((one) => project === undefined || one.projectId === project)
    .filter((one) => organization === null || one.organizationId === organization)
    .filter((one) => name === null || one.name.includes(name))
    .filter((one) => tags.length === 0 || tags.some((tag) => one.tags.includes(tag)))
    .sort(orderOf(query.get('order_by') ?? 'created_at_asc'))
}

/** The server's default is unknown; clients always send it. */
const PAGE_SIZE_DEFAULT = 50

/** A page as Block answers it: the total in the body. */
export function blockList<T>(
  call: Call,
  name: 'snapshots' | 'volumes',
  all: T[],
  wire: (one: T) => unknown,
): Answer {
  const page = cutPage('block', all, call.query, { name: 'page_size', default: PAGE_SIZE_DEFAULT })
  return jsonAnswer('block', 200, { [name]: page.items.map(wire), total_count: page.total })
}

type Order = (one: Listed, other: Listed) => number

const byId: Order = (one, other) => (one.id < other.id ? -1 : 1)
const byAge: Order = (one, other) => one.createdMs - other.createdMs || byId(one, other)
const byName: Order = (one, other) =>
  one.name < other.name ? -1 : one.name > other.name ? 1 : byId(one, other)

const ORDERS: Record<string, Order> = {
  created_at_asc: byAge,
  created_at_desc: (one, other) => byAge(other, one),
  name_asc: byName,
  name_desc: (one, other) => byName(other, one),
}

function orderOf(word: string): Order {
  const order = ORDERS[word]
  if (order !== undefined) return order
  throw invalidArguments('block', [
    { argument_name: 'order_by', reason: 'constraint', help_message: 'order_by is not a valid value' },
  ])
}
