import { type DestinationStream, type Logger, pino } from 'pino'
import { errorLine } from './error-line.ts'
import { scrub } from './scrub.ts'

/** How loud: the names of pino. */
export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const
/** How loud: a name of pino. */
export type LogLevel = (typeof LOG_LEVELS)[number]

/** What a logger needs. Without `destination` lines go to stdout. */
export interface LoggerOptions {
  readonly service: string
  readonly level: LogLevel
  readonly destination?: DestinationStream
}

/** A logger of one JSON object a line, without secrets: `{time, level, service, msg, …}`; `time` is RFC 3339. */
export function openLogger(o: LoggerOptions): Logger {
  const options = {
    level: o.level,
    base: { service: o.service },
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    // Errors are made into lines below; pino's own way would do it a second time.
    serializers: { err: (value: unknown) => value },
    formatters: {
      level: (level: string) => ({ level }),
      log: (line: Record<string, unknown>) =>
        Object.fromEntries(
          Object.entries(scrub(line) as Record<string, unknown>).map(([name, value]) => [
            name,
            value instanceof Error ? errorLine(value) : value,
          ]),
        ),
    },
  }
  return o.destination === undefined ? pino(options) : pino(options, o.destination)
}
