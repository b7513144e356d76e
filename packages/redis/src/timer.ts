/** Rings once after `ms` milliseconds and gives back what stops it. Tests ring by hand. */
export type Timer = (ms: number, ring: () => void) => () => void

/** The timer of the machine. */
export const machineTimer: Timer = (ms, ring) => {
  const timeout = setTimeout(ring, ms)
  return () => clearTimeout(timeout)
}

/** Something that repeats until it is stopped. */
export interface Loop {
  /** Stops; resolves when the turn under way has ended. */
  stop(): Promise<void>
}

/**
 * Repeats `turn`, one at a time, pausing as many milliseconds as it answers. It starts at once. A turn that throws is
 * told to `onError` and repeated after `retryMs`: a loop ends only by being stopped.
 */
export function repeat(o: {
  readonly turn: () => Promise<number>
  readonly retryMs: number
  readonly timer: Timer
  readonly onError: (error: unknown) => void
}): Loop {
  let stopped = false
  let silence = () => {}
  let running: Promise<void> = Promise.resolve()
  const once = async () => {
    let pauseMs = o.retryMs
    try {
      pauseMs = await o.turn()
    } catch (error) {
      o.onError(error)
    }
    if (!stopped) silence = o.timer(pauseMs, start)
  }
  const start = () => {
    running = once()
  }
  start()
  return {
    stop: async () => {
      stopped = true
      silence()
      await running
    },
  }
}
