import type { Timer } from '@snapferry/redis'

/** How the process ends after a stop signal. Node itself uses 1 to 13, and 128 and above stand for signals. */
export const EXIT = {
  /** Everything under way was answered. */
  stopped: 0,
  /** Something was not answered in time, or would not close. */
  cut: 71,
  /** A second signal ended it at once. */
  atOnce: 72,
} as const

/** The signals that stop the process. */
export const STOP_SIGNALS = ['SIGTERM', 'SIGINT'] as const
/** A signal that stops the process. */
export type StopSignal = (typeof STOP_SIGNALS)[number]

/** What stopping needs. */
export interface Stopping {
  /** Tells each stop signal that comes. */
  onSignal(listener: (signal: StopSignal) => void): void
  /** Accepts nothing more, answers what is under way, closes everything. */
  close(signal: StopSignal): Promise<void>
  /** How long that may take, milliseconds. */
  readonly limitMs: number
  readonly timer: Timer
  /** One line for people. */
  say(line: string): void
  exit(code: (typeof EXIT)[keyof typeof EXIT]): void
}

/** Stops the process by its signals: the first one closes in order, within its limit; a second one exits at once. */
export function stopOnSignals({ onSignal, close, limitMs, timer, say, exit }: Stopping): void {
  let isStopping = false
  onSignal((signal) => {
    if (isStopping) {
      say(`${signal} again: ending at once; what was under way is not answered`)
      exit(EXIT.atOnce)
      return
    }
    isStopping = true
    timer(limitMs, () => {
      say(`not everything was answered within ${Math.round(limitMs / 1_000)} s`)
      exit(EXIT.cut)
    })
    close(signal).then(
      () => exit(EXIT.stopped),
      (error: unknown) => {
        say(`stopped badly: ${error instanceof Error ? error.message : String(error)}`)
        exit(EXIT.cut)
      },
    )
  })
}
