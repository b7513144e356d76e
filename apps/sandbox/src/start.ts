import { resolve } from 'node:path'
import { openAdmin } from './admin.ts'
import { runCloud } from './cloud/run-cloud.ts'
import { openHouse } from './house.ts'
import { HELP, type Options, readOptions } from './options.ts'
import { folded, openPrinter } from './printer.ts'
import { runShow } from './show.ts'
import { stopSignal } from './stop-signal.ts'

const BANNER = 'Snapferry sandbox: nothing here reaches Scaleway; the provider is emulated.'
const DATA_DIR = resolve(import.meta.dirname, '../../../.snapferry')

async function main(): Promise<number> {
  const options = optionsOrNull()
  if (options === null) return 2
  if (options.help) {
    console.log(HELP)
    return 0
  }
  // Before anything is started: whoever stops early must leave nothing behind either.
  const stopped = stopSignal()
  const printer = openPrinter(process.stdout)
  const dataDir = resolve(options.data ?? DATA_DIR)
  if (options.cloud) return await runCloud({ arm: options.arm, dataDir, say: printer.say, stopped })
  if (!options.launched) printer.say(BANNER)
  const opening = openHouse({ dataDir, speed: options.speed, say: printer.say })
  try {
    const house = await Promise.race([opening.ready.catch(notStarted), stopped])
    if (house === 'stopped') return 130
    if (house === null) return NOT_STARTED
    const admin = openAdmin(house.provider.adminUrl)
    const ending = await Promise.race([runShow(house, admin, { options, dataDir, printer }), stopped])
    if (ending === 'stopped') return 130
    if (options.once) return ending
    await stopped
    return 0
  } finally {
    printer.done()
    await opening.close()
  }
}

/** Nothing was moved, so nothing was proven or found: not the 1 of a finding. */
const NOT_STARTED = 3

function notStarted(error: unknown): null {
  complain(error)
  return null
}

function optionsOrNull(): Options | null {
  try {
    return readOptions(process.argv.slice(2))
  } catch (error) {
    complain(error)
    return null
  }
}

function complain(error: unknown): void {
  console.error(folded(error instanceof Error ? error.message : String(error)))
}

main().then(
  (code) => process.exit(code),
  (error) => {
    complain(error)
    process.exit(1)
  },
)
