import { randomBytes, randomUUID } from 'node:crypto'
import {
  bytes,
  type Event,
  firstRecord,
  type Journal,
  type MigrationId,
  migrationIdOf,
  planOf,
  zone,
} from '@snapferry/migration'
import type { MigrationQueue } from '@snapferry/redis'
import type { InstantProvider } from './provider/instant-provider.ts'

/** The installation whose migrations a bench carries. */
export const INSTALL = 'bench'

/** One migration that was ordered, with the snapshot it carries. */
export interface Order {
  readonly id: MigrationId
  readonly source: string
}

const PROJECT = '11111111-2222-4333-8444-555555555555'
const FROM = 'fr-par-1'
const TO = 'fr-par-2'
const DISK_BYTES = bytes(10_000_000_000)
/** Orders placed side by side, as by so many callers. */
const TOGETHER = 100

/** Seeds one source for each migration and orders it as the API does: record first, then its job. */
export async function placeOrders(
  count: number,
  o: {
    readonly journal: Journal
    readonly queue: Pick<MigrationQueue, 'add'>
    readonly provider: InstantProvider
  },
): Promise<readonly Order[]> {
  const orders: Order[] = []
  while (orders.length < count) {
    const page = Array.from({ length: Math.min(TOGETHER, count - orders.length) }, () => placeOrder(o))
    orders.push(...(await Promise.all(page)))
  }
  return orders
}

async function placeOrder({ journal, queue, provider }: Parameters<typeof placeOrders>[1]): Promise<Order> {
  const source = randomUUID()
  provider.seed({
    backend: 'block',
    type: 'sbs',
    zone: zone(FROM),
    id: source,
    name: `disk-${source}`,
    project: PROJECT,
    sizeBytes: DISK_BYTES,
    state: { kind: 'available', word: 'available' },
    tags: ['team=bench'],
    createdAt: Date.now(),
    volume: null,
  })
  const planned = planOf(
    { source: { snapshot: source }, from: FROM, to: TO },
    {
      profile: 'default',
      install: INSTALL,
      prefix: 'snapferry',
      projectId: PROJECT,
      buckets: { 'fr-par': 'staging' },
    },
  )
  if (!planned.ok) throw new Error(`the bench's own order was refused: ${planned.findings[0]?.text}`)
  const { now, redisRun } = await journal.clock()
  const created = { plan: planned.plan, redisRun, retryOf: null, by: 'bench' }
  const event = {
    ...created,
    type: 'created',
    at: now,
    id: migrationIdOf(randomBytes(26)),
  } as const satisfies Event
  const { outcome } = await journal.create(firstRecord(event), event, null)
  if (outcome !== 'created') throw new Error(`the bench's own order was not created: ${outcome}`)
  await queue.add(event.id)
  return { id: event.id, source }
}
