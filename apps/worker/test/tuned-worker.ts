// A worker process with the pace of a test: `TUNING` is a JSON object of parts of `Tuning`, and `drainMs`.
import { runWorker } from '../src/run-worker.ts'

const { drainMs, ...tuning } = JSON.parse(process.env['TUNING'] ?? '{}')
await runWorker(tuning, drainMs)
