import type { Ending } from '@snapferry/redis'
import { EXIT, EXIT_OF, type ExitCode } from './exit-codes.ts'

/** The signals that stop a process: the first drains it, any second one ends it at once. */
export const STOP_SIGNALS = ['SIGTERM', 'SIGINT'] as const
/** A signal that stops a process. */
export type StopSignal = (typeof STOP_SIGNALS)[number]

/** What stopping needs. */
export interface Stopping {
  /** Tells each stop signal that comes. */
  onSignal(listener: (signal: StopSignal) => void): void
  /** Brings the worker to rest; also before it has quite started. */
  close(): Promise<Ending>
  /** One line for people. */
  say(line: string): void
  exit(code: ExitCode): void
}

/**
 * Stops a process by its signals: the first one closes the worker and exits with what that came to; a second one exits
 * at once, and its ticks are left to the locks.
 */
export function stopOnSignals({ onSignal, close, say, exit }: Stopping): void {
  let isStopping = false
  onSignal((signal) => {
    if (isStopping) {
      say(`${signal} again: ending at once; what was under way is taken over when its locks have run out`)
      exit(EXIT.atOnce)
      return
    }
    isStopping = true
    close().then(
      (ending) => {
        if (ending === 'cut') say('not everything could be given back: Redis did not answer in time')
        exit(EXIT_OF[ending])
      },
      (error: unknown) => {
        say(`stopped badly: ${error instanceof Error ? error.message : String(error)}`)
        exit(EXIT.cut)
      },
    )
  })
}
