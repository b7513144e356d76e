import type { Ending } from '@snapferry/redis'

/** How a worker process ends, for whoever starts it. Node itself uses 1 to 13, and 128 and above stand for signals. */
export const EXIT = {
  /** Stopped as it was told: nothing of it is locked. */
  stopped: 0,
  /** It did not start, and said why. Starting it again helps only when that was put right. */
  unfit: 1,
  /** It took no ticks although some were due: start it again. */
  stuck: 70,
  /** It was stopped and could not give everything back: others take that over when its locks have run out. */
  cut: 71,
  /** A second signal ended it at once. */
  atOnce: 72,
} as const

/** An exit code of ours. */
export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

/** The exit code of each way in which a worker comes to rest. */
export const EXIT_OF = {
  finished: EXIT.stopped,
  'handed-back': EXIT.stopped,
  cut: EXIT.cut,
} as const satisfies Record<Ending, ExitCode>
