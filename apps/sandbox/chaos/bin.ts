import { stopSignal } from '../src/stop-signal.ts'
import { commandOf, HELP, type Options, readOptions } from './options.ts'
import { runChaos } from './run.ts'
import { openSite } from './site.ts'

/** Codes of the shell: see HELP. */
const WRONG_OPTION = 2
const NOT_STARTED = 3
const STOPPED = 130

async function main(): Promise<number> {
  const options = optionsOrNull()
  if (options === null) return WRONG_OPTION
  if (options.help) {
    console.log(HELP)
    return 0
  }
  const stopping = new AbortController()
  const stopped = stopSignal().then((how) => {
    stopping.abort()
    return how
  })
  const say = (line: string) => console.log(line)
  say(`Chaos with seed ${options.seed}; again with: ${commandOf(options)}`)
  const falls = new Map<string, number>()
  const onFall = (name: string, how: string): void => {
    if (!stopping.signal.aborted) falls.set(`${name}: ${how}`, (falls.get(`${name}: ${how}`) ?? 0) + 1)
  }
  const opening = openSite({ ...options, onFall })
  let code = STOPPED
  try {
    const site = await Promise.race([opening.ready.catch(notStarted), stopped])
    if (site === 'stopped') return STOPPED
    if (site === null) {
      code = NOT_STARTED
      return code
    }
    const ending = await Promise.race([runChaos(site, options, say, stopping.signal), stopped])
    code = ending === 'stopped' ? STOPPED : ending
    for (const [what, times] of falls) say(`Ended by itself and was started again: ${what}, ${times} times`)
    return code
  } catch (error) {
    code = 1
    throw error
  } finally {
    const isToBeSeen = code !== 0 && code !== STOPPED
    await opening.close(options.keep || isToBeSeen)
    if (options.keep || isToBeSeen) say(`\nLogs, Redis and provider: ${opening.folder}`)
    if (isToBeSeen) say(`Again with: ${commandOf(options)}`)
  }
}

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
  console.error(error instanceof Error ? error.message : String(error))
}

main().then(
  (code) => process.exit(code),
  (error) => {
    complain(error)
    process.exit(1)
  },
)
