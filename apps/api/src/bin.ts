import { machineTimer } from '@snapferry/redis'
import { compose } from './compose.ts'
import { configOfProcess, mistakesText } from './config.ts'
import { STOP_SIGNALS, stopOnSignals } from './stop-on-signals.ts'

/** Stopping may take this long; then the process ends anyway. */
const STOP_MS = 15_000

const config = configOfProcess()
if (!config.ok) {
  console.error(mistakesText(config.failure))
  process.exit(1)
}

const api = await compose(config.value).catch((error: unknown) => {
  console.error(`Snapferry cannot start: ${error instanceof Error ? error.message : String(error)}`)
  process.exit(1)
})

stopOnSignals({
  onSignal: (listener) => {
    for (const signal of STOP_SIGNALS) process.on(signal, listener)
  },
  close: async (signal) => {
    api.telemetry.log.info({ signal }, 'stopping')
    await api[Symbol.asyncDispose]()
  },
  limitMs: STOP_MS,
  timer: machineTimer,
  say: (line) => console.error(line),
  exit: (code) => process.exit(code),
})

// Without a listener this signal would end the process.
process.on('SIGHUP', () => void api.rereadKey())

const wrong = await api.firstLook
if (wrong !== null) {
  console.error(mistakesText(wrong))
  process.exit(1)
}
const { access, install } = config.value
api.telemetry.log.info({ mode: access.mode, install, url: api.url }, 'api ready')
console.log(
  JSON.stringify({ ready: true, mode: access.mode, install, url: api.url, metricsUrl: api.metricsUrl }),
)
