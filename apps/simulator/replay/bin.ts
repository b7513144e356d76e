import { runReplay } from './replay.ts'
import { type Screen, show } from './show.ts'

/** The terminal of this process, in raw mode while somebody listens. */
const terminal: Screen = {
  size: () => ({ columns: process.stdout.columns, rows: process.stdout.rows }),
  write: (text) => process.stdout.write(text),
  onInput: (listener) => {
    const hear = (chunk: Buffer): void => listener(chunk.toString('utf8'))
    process.stdin.setRawMode(true).resume().on('data', hear)
    return () => process.stdin.off('data', hear).setRawMode(false).pause()
  },
  onResize: (listener) => {
    process.stdout.on('resize', listener)
    return () => process.stdout.off('resize', listener)
  },
}

// Whoever reads only the first lines of a long output has all that was wanted.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1))
const isTerminal = process.stdin.isTTY === true && process.stdout.isTTY === true
process.exitCode = await runReplay(process.argv.slice(2), {
  say: (line) => console.log(line),
  complain: (line) => console.error(line),
  // Only who records needs the whole simulator.
  record: async (order) => (await import('./record.ts')).recordStories(order, (line) => console.log(line)),
  step: isTerminal ? (loaded) => show(loaded, terminal) : null,
})
