import { startEmulator } from './emulator.ts'
import { readEnv } from './read-env.ts'

/** The emulator as a process: prints one line of JSON with its addresses when it is ready, and stops on SIGTERM or SIGINT. */
const emulator = await startEmulator(readEnv(process.env)).catch((cause: unknown) => {
  process.stderr.write(`emulator: ${cause instanceof Error ? cause.message : cause}\n`)
  process.exit(1)
})

const { apiUrl, s3Urls, adminUrl } = emulator
process.stdout.write(`${JSON.stringify({ apiUrl, s3Urls, adminUrl, pid: process.pid })}\n`)

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => void emulator.stop().then(() => process.exit(0)))
}
