import { fillBare, runBare } from './bare-bullmq.ts'
import { type Carried, carry } from './carry.ts'
import { openMeter, type Spent } from './meter.ts'
import type { Size } from './options.ts'
import type { InstantProvider } from './provider/instant-provider.ts'
import { withRedis } from './with-redis.ts'

/** One run of the engine with the run of bare BullMQ that followed it on the same machine. */
export interface Pair {
  readonly migrations: number
  readonly ticks: number
  /** Ticks that ended in a delay: all but the last of each migration. */
  readonly transitions: number
  readonly engine: Spent
  /** The same work as the worker does it: ticks that can follow each other at once do. */
  readonly worker: Spent
  readonly bareTransitions: number
  readonly bare: Spent
}

/** All runs of one concurrency. */
export interface Row {
  readonly concurrency: number
  readonly pairs: readonly Pair[]
}

/**
 * Measures, each run in an empty Redis. The runs of all concurrencies take turns, engine and bare BullMQ side by side,
 * so that a busy minute of the machine falls on all of them. Throws `WorkNotDone` before any number of a bad run is told.
 */
export async function benchEngine(
  size: Size,
  openProvider: () => InstantProvider,
  tell: (line: string) => void,
): Promise<{ readonly rows: readonly Row[]; readonly redisVersion: string }> {
  if (size.warmUp > 0) {
    const [load] = size.loads.slice(-1)
    await withRedis((url) =>
      carry({
        url,
        migrations: size.warmUp,
        concurrency: load?.concurrency ?? 1,
        provider: openProvider(),
        stride: 'tick',
      }),
    )
  }
  let redisVersion = ''
  const rows = size.loads.map(({ concurrency }) => ({ concurrency, pairs: [] as Pair[] }))
  for (let run = 1; run <= size.runs; run++) {
    for (const [at, { concurrency, migrations }] of size.loads.entries()) {
      const engine = await withRedis((url, version) => {
        redisVersion = version
        return carry({ url, migrations, concurrency, provider: openProvider(), stride: 'tick' })
      })
      const worker = await withRedis((url) =>
        carry({ url, migrations, concurrency, provider: openProvider(), stride: 'worker' }),
      )
      const pair = { ...(await beside(engine, migrations, concurrency)), worker: worker.spent }
      rows[at]?.pairs.push(pair)
      tell(`run ${run} of ${size.runs}, concurrency ${concurrency}: ${line(pair)}`)
    }
  }
  return { rows, redisVersion }
}

function line({ migrations, engine, bareTransitions, bare }: Pair): string {
  const carried = Math.round((migrations / engine.ms) * 1_000)
  return `${carried} migrations/s; bare ${Math.round((bareTransitions / bare.ms) * 1_000)} transitions/s`
}

/** Bare BullMQ, as many jobs and as many transitions for each. */
async function beside(
  { ticks, spent }: Carried,
  jobs: number,
  concurrency: number,
): Promise<Omit<Pair, 'worker'>> {
  const transitions = ticks - jobs
  const { made, bare } = await withRedis(async (url) => {
    const o = { url, jobs, concurrency, transitions: Math.round(transitions / jobs) }
    await fillBare(o)
    const meter = await openMeter(url)
    try {
      await meter.start()
      return { made: await runBare(o), bare: await meter.stop() }
    } finally {
      meter.close()
    }
  })
  return { migrations: jobs, ticks, transitions, engine: spent, bareTransitions: made, bare }
}
