import { mkdirSync, writeFileSync } from 'node:fs'
import { imageOf } from '@snapferry/qcow2'
import { benchCalls } from './bench-calls.ts'
import { benchEngine } from './bench-engine.ts'
import { benchQcow2 } from './bench-qcow2.ts'
import { callsJson } from './calls-json.ts'
import { callsNote } from './calls-note.ts'
import { FULL_SIZES, FULL_WARM } from './calls-options.ts'
import { callsTable, storyOf } from './calls-report.ts'
import { diskNoteOf, diskTableOf } from './disk-report.ts'
import { latencyTable } from './latency-report.ts'
import { machineOf } from './machine.ts'
import {
  type DiskSize,
  FULL,
  FULL_DISK,
  HELP,
  type Options,
  QUICK,
  QUICK_DISK,
  readOptions,
  type Size,
} from './options.ts'
import { openInstantProvider } from './provider/instant-provider.ts'
import { noteOf, tableOf } from './report.ts'

/** Where the numbers of a full run are kept. */
const RESULTS = new URL('../results/', import.meta.url)

// Leaving by exit lets the private Redis and its folder be swept away.
process.once('SIGINT', () => process.exit(130))
process.once('SIGTERM', () => process.exit(143))

try {
  await main(process.argv.slice(2))
} catch (error) {
  console.error(`bench: ${error instanceof Error ? error.message : error}`)
  process.exitCode = 1
}

async function main(args: readonly string[]): Promise<void> {
  const options = readOptions(args)
  const { bench, quick, help } = options
  if (help) return console.log(HELP)
  if (bench === 'calls' || bench === 'latency') return await fleet(bench, options)
  const text =
    bench === 'engine' ? await engine(quick ? QUICK : FULL) : await qcow2(quick ? QUICK_DISK : FULL_DISK)
  console.log(`\n${text}`)
  if (!quick) keep(bench, text)
}

function keep(bench: string, text: string): void {
  mkdirSync(RESULTS, { recursive: true })
  writeFileSync(new URL(`${bench}.md`, RESULTS), `# pnpm bench ${bench}\n\n\`\`\`text\n${text}\n\`\`\`\n`)
}

/** Calls and latency come from the same runs: one of them is shown, both are kept. */
async function fleet(bench: 'calls' | 'latency', { fleet: options }: Options): Promise<void> {
  const before = machineOf()
  const rows = await benchCalls(options, (line) => console.error(line))
  const what = { before, after: machineOf(), options, rows }
  const texts = {
    calls: `${callsNote(what)}\n\n${callsTable(rows)}`,
    latency: `${callsNote(what)}\n\n${latencyTable(rows)}`,
  }
  if (options.json) console.log(JSON.stringify(callsJson(what), null, 2))
  else console.log(`\n${texts[bench]}`)
  if (options.story && !options.json) console.log(`\n${storyOf(rows)}`)
  const { source, settings, jumps, sizes, rate, warm } = options
  const isFull =
    source === 'snapshot' &&
    jumps &&
    rate === null &&
    warm === FULL_WARM &&
    Object.keys(settings).length === 0
  if (!isFull || String(sizes) !== String(FULL_SIZES)) return
  keep('calls', texts.calls)
  keep('latency', texts.latency)
}

async function engine(size: Size): Promise<string> {
  const before = machineOf()
  const { rows, redisVersion } = await benchEngine(size, openInstantProvider, (line) => console.log(line))
  return [noteOf({ before, after: machineOf(), redisVersion, size }), '', tableOf(rows)].join('\n')
}

async function qcow2(size: DiskSize): Promise<string> {
  const before = machineOf()
  const runs = await benchQcow2(size, imageOf, (line) => console.log(line))
  return [diskNoteOf({ before, after: machineOf(), size }), '', diskTableOf(runs)].join('\n')
}
