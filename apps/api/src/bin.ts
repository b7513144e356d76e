import { compose } from './compose.ts'
import { configOfProcess, mistakesText } from './config.ts'

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

const stop = (signal: NodeJS.Signals): void => {
  api.telemetry.log.info({ signal }, 'stopping')
  setTimeout(() => process.exit(1), STOP_MS).unref()
  api[Symbol.asyncDispose]().then(
    () => process.exit(0),
    (error: unknown) => {
      api.telemetry.log.error({ err: error }, 'stopped badly')
      process.exit(1)
    },
  )
}
process.once('SIGTERM', stop)
process.once('SIGINT', stop)

const wrong = await api.firstLook
if (wrong !== null) {
  console.error(mistakesText(wrong))
  process.exit(1)
}
console.log(JSON.stringify({ ready: true, url: api.url, metricsUrl: api.metricsUrl }))
