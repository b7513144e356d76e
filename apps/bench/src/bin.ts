import { mkdirSync, writeFileSync } from 'node:fs'
import { imageOf } from '@snapferry/qcow2'
import { benchEngine } from './bench-engine.ts'
import { benchQcow2 } from './bench-qcow2.ts'
import { diskNoteOf, diskTableOf } from './disk-report.ts'
import { machineOf } from './machine.ts'
import { type DiskSize, FULL, FULL_DISK, HELP, QUICK, QUICK_DISK, readOptions, type Size } from './options.ts'
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
  const { bench, quick, help } = readOptions(args)
  if (help) return console.log(HELP)
  const text =
    bench === 'engine' ? await engine(quick ? QUICK : FULL) : await qcow2(quick ? QUICK_DISK : FULL_DISK)
  console.log(`\n${text}`)
  if (quick) return
  mkdirSync(RESULTS, { recursive: true })
  writeFileSync(new URL(`${bench}.md`, RESULTS), `# pnpm bench ${bench}\n\n\`\`\`text\n${text}\n\`\`\`\n`)
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
