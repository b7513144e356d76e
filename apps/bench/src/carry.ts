import { POLICY, type Policy } from '@snapferry/migration'
import { openJournal, openQueue, openRedis, startDrain, startWorker, untilReady } from '@snapferry/redis'
import { advance, carryOn, type Ferry } from '@snapferry/worker'
import { checkWork } from './check-work.ts'
import { openMeter, type Spent } from './meter.ts'
import { INSTALL, type Order, placeOrders } from './orders.ts'
import type { InstantProvider } from './provider/instant-provider.ts'

/** One run of the engine. */
export interface CarryOptions {
  /** An empty Redis. */
  readonly url: string
  readonly migrations: number
  readonly concurrency: number
  readonly provider: InstantProvider
  /**
   * `tick`: every tick goes through the queue, as many transitions as bare BullMQ makes beside it. `worker`: as the
   * worker runs, ticks that can follow each other at once do.
   */
  readonly stride: 'tick' | 'worker'
}

/** What a run did and what it took. */
export interface Carried {
  readonly ticks: number
  readonly spent: Spent
}

/** Patience is no work: a poll comes after the shortest delay there is. Everything else is production's. */
const IMPATIENT: Policy = { ...POLICY, poll: { firstMs: 1, factor: 1, capMs: 1, jitter: 0 } }
const READY_MS = 10_000
/** A run takes seconds; a migration that is parked would never end. */
const RUN_MS_MAX = 180_000
const CLOSE_MS = 10_000

/** Orders migrations, then measures from the start of the worker to the last ending. Answers only for checked work. */
export async function carry(o: CarryOptions): Promise<Carried> {
  const redis = openRedis(o.url, 'requests')
  const queue = openQueue(o.url)
  await untilReady(redis, READY_MS)
  const meter = await openMeter(o.url)
  try {
    const journal = openJournal(redis, {
      install: INSTALL,
      sandbox: false,
      leftoverRetryMs: IMPATIENT.leftoverRetryMs,
    })
    const place = { journal, queue, provider: o.provider }
    const orders = await placeOrders(o.migrations, place)
    await meter.start()
    const drain = startDrain({ journal, queue })
    const carried = await work(o, orders, ferryOf(o, journal), meter.stop).finally(() => drain.stop())
    await checkWork(orders, place)
    return carried
  } finally {
    meter.close()
    await queue.close()
    redis.disconnect()
  }
}

type Journal = Ferry['journal']

/** The engine without a provider's network and without telemetry. */
function ferryOf({ provider }: CarryOptions, journal: Journal): Omit<Ferry, 'defect'> {
  return {
    journal,
    providers: { default: { looks: provider.looks, writesFor: () => provider.writes } },
    policy: IMPATIENT,
    dice: Math.random,
    monotonicMs: () => performance.now(),
    recorded: () => {},
  }
}

/** Runs the worker until the last of them has ended. The first error of any kind ends the run. */
async function work(
  o: CarryOptions,
  orders: readonly Order[],
  parts: Omit<Ferry, 'defect'>,
  stop: () => Promise<Spent>,
): Promise<Carried> {
  let ticks = 0
  const open = new Set(orders.map(({ id }) => id))
  const { promise: allEnded, resolve, reject } = Promise.withResolvers<void>()
  const ferry: Ferry = { ...parts, defect: (m, cause) => reject(new Error(`a defect in ${m.id}`, { cause })) }
  const late = setTimeout(
    () => reject(new Error(`${open.size} of ${orders.length} migrations did not end in ${RUN_MS_MAX} ms`)),
    RUN_MS_MAX,
  )
  const go = o.stride === 'tick' ? advance : carryOn
  const worker = startWorker({
    url: o.url,
    concurrency: o.concurrency,
    advance: async (id, signal) => {
      const sleep = await go(id, ferry, signal)
      ticks++
      if (sleep === 'ended' && open.delete(id) && open.size === 0) resolve()
      return sleep
    },
    onHandBack: (id, reason) => reject(new Error(`${id} was handed back: ${reason}`)),
    onError: reject,
  })
  try {
    await allEnded
    return { ticks, spent: await stop() }
  } finally {
    clearTimeout(late)
    await worker.close(CLOSE_MS)
  }
}
