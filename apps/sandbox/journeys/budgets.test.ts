import { afterAll, beforeAll, expect, test } from 'vitest'
import { Town } from './town.ts'
import { startWorkerProcess, type WorkerProcess } from './worker-process.ts'

const MANY = 500
const PLACES = 4
const KILLS = 6
const SECONDS_MAX = 240
const STEP_MS = 5_000
/** Every piece of work takes the provider exactly so long, so that its own log says how many ran at a time. */
const EXPORT_MS = 90_000
const IMPORT_MS = 60_000

let town: Town
let workers: WorkerProcess[]
beforeAll(async () => {
  town = await Town.open({ workers: 0 })
  town.startDrain()
  const { instance, block } = town.emulator.admin.rules().durations
  const lasting = {
    export: { baseMs: EXPORT_MS, perGigabyteMs: 0 },
    import: { baseMs: IMPORT_MS, perGigabyteMs: 0 },
  }
  town.emulator.admin.setRules({
    durations: { instance: { ...instance, ...lasting }, block: { ...block, ...lasting } },
  })
  await town.journal.budgets.set('slot:export', { concurrent: PLACES, bytes: null })
  await town.journal.budgets.set('slot:import', { concurrent: PLACES, bytes: null })
  workers = await Promise.all([startWorkerProcess(town), startWorkerProcess(town)])
})
afterAll(async () => {
  await Promise.all(workers.map((worker) => worker.kill()))
  await town.close()
})

test(`${MANY} migrations under a budget of ${PLACES}, with workers killed: never more at a time, and nobody starves`, {
  timeout: SECONDS_MAX * 1_000,
}, async () => {
  for (let n = 0; n < MANY; n++) await startOne(n % 2 === 0 ? 'block' : 'instance')
  for (let kill = 1; kill <= KILLS; kill++) {
    const until = (kill * MANY) / (KILLS + 1)
    await town.settle(async () => (await town.journal.counts()).succeeded >= until, STEP_MS)
    await killOneAtWork()
  }
  await town.settle(async () => (await town.journal.counts()).succeeded === MANY, STEP_MS)

  const exports = startsOf('ExportSnapshot')
  expect(exports.length, 'each was exported once').toBe(MANY)
  expect(mostAtOnce(exports, EXPORT_MS), 'exports at a time').toBe(PLACES)
  expect(mostAtOnce(startsOf('ImportSnapshot'), IMPORT_MS), 'imports at a time').toBeLessThanOrEqual(PLACES)
  for (const { slot, used, usedBytes, waiting } of await town.journal.budgets.list())
    expect({ slot, used, usedBytes, waiting }).toEqual({ slot, used: 0, usedBytes: 0, waiting: 0 })
  const turns = exports.map((at) => at - (exports[0] ?? at))
  const gaps = turns.slice(1).map((at, n) => at - (turns[n] ?? 0))
  const [median, longest] = [medianOf(turns), Math.max(...turns)]
  console.info(`longest wait ÷ median wait: ${(longest / median).toFixed(2)} (a fair line: 2.00)`)
  // In a fair line of equals the last waits twice as long as the one in the middle.
  expect(longest / median).toBeLessThan(2.5)
  expect(Math.max(...gaps), 'no place stood empty for long').toBeLessThan(10 * EXPORT_MS)
})

async function startOne(api: 'instance' | 'block'): Promise<void> {
  const { id } = town.emulator.admin.seedSnapshot({
    api,
    zone: 'fr-par-1',
    data: { bytes: 100_000, extents: 2 },
  })
  await town.create({ source: { snapshot: id }, from: 'fr-par-1', to: 'fr-par-2' })
}

/** SIGKILL while ticks are under way, and another worker in its place. */
async function killOneAtWork(): Promise<void> {
  await town.advance(EXPORT_MS)
  const victim = workers.shift()
  await victim?.kill()
  workers.push(await startWorkerProcess(town))
}

/** When writes of these names were accepted, in the provider's time, in order. */
function startsOf(...operations: readonly string[]): readonly number[] {
  return town.emulator.admin
    .requests()
    .filter(
      ({ method, operation, status }) =>
        method === 'POST' && operations.includes(operation) && Number(status) < 300,
    )
    .map(({ at }) => at)
    .toSorted((a, b) => a - b)
}

/** The most pieces of work at one moment, each lasting `lastsMs`. */
function mostAtOnce(starts: readonly number[], lastsMs: number): number {
  return Math.max(...starts.map((at) => starts.filter((other) => other <= at && at < other + lastsMs).length))
}

function medianOf(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
}
