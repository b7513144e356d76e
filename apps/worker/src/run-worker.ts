import { within } from '@snapferry/redis'
import { bannerOf } from './banner.ts'
import { startWorkerApp, type Tuning, type WorkerApp } from './compose.ts'
import { type Config, readConfig } from './config.ts'
import { EXIT } from './exit-codes.ts'
import { STOP_SIGNALS, stopOnSignals } from './stop-on-signals.ts'

/** A tick may wait for a write of 30 s; the drain outlasts it. */
export const DRAIN_MS = 40_000

/**
 * The worker as a process: starts by the environment, says when it is ready, ends by its signals or when it is stuck.
 * `tuning` and `drainMs` are for tests.
 */
export async function runWorker(tuning: Tuning = {}, drainMs = DRAIN_MS): Promise<void> {
  const config = configOrExit()
  const starting = startWorkerApp(config, {
    revision: config.revision,
    onStuck: (what) => {
      say(what)
      process.exit(EXIT.stuck)
    },
    ...tuning,
  })
  stopOnSignals({
    onSignal: (listener) => {
      for (const signal of STOP_SIGNALS) process.on(signal, listener)
    },
    close: async () => {
      const signalledMs = performance.now()
      const app = await within(starting, drainMs)
      return app === 'late' ? 'cut' : app.close(drainMs - (performance.now() - signalledMs))
    },
    say,
    exit: (code) => process.exit(code),
  })
  // From the first moment: without a listener this signal would end the process.
  process.on('SIGHUP', () => void starting.then((app) => app.rereadKey()).catch(() => undefined))
  const app: WorkerApp = await starting.catch(exitUnfit)
  const { mode, install } = config
  say(bannerOf(config))
  process.stdout.write(`${JSON.stringify({ ready: true, mode, install, metricsUrl: app.metricsUrl })}\n`)
}

function configOrExit(): Config {
  try {
    return readConfig()
  } catch (error) {
    return exitUnfit(error)
  }
}

function say(line: string): void {
  process.stderr.write(`${line}\n`)
}

function exitUnfit(error: unknown): never {
  say(error instanceof Error ? error.message : String(error))
  process.exit(EXIT.unfit)
}
