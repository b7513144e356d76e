import { startWorkerApp, type WorkerApp } from './compose.ts'
import { type Config, readConfig } from './config.ts'

/** A tick may wait for a write of 30 s; the drain outlasts it. */
const DRAIN_MS = 40_000

async function main(): Promise<void> {
  const config = configOrExit()
  const app = await startWorkerApp(config, { revision: config.revision }).catch(exitWith)
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void stop(app))
  process.stdout.write(`${JSON.stringify({ ready: true, metricsUrl: app.metricsUrl })}\n`)
}

function configOrExit(): Config {
  try {
    return readConfig()
  } catch (error) {
    return exitWith(error)
  }
}

function exitWith(error: unknown): never {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exit(1)
}

/** The first signal drains; a second one ends at once. */
async function stop(app: WorkerApp): Promise<void> {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => process.exit(1))
  await app.close(DRAIN_MS)
  process.exit(0)
}

await main()
