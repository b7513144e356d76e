/** Who changed what, and when: one line for each write that somebody asked for. Never holds a secret. */
export interface AuditLine {
  /** Milliseconds since 1970, clock of Redis. */
  readonly at: number
  /** The name of the API key, or of the chore. */
  readonly by: string
  /** What was done: `create`, `cancel`, `retry`, `budgets.put`, … */
  readonly action: string
  /** What it was done to: the id of a migration, the name of a hold, …; null when it never came to be. */
  readonly target: string | null
  readonly requestId: string
  /** `accepted`, `known`, or the code of the refusal. */
  readonly outcome: string
  /** The settings before and after, where the write changes settings. */
  readonly before?: unknown
  readonly after?: unknown
}

/** Whether a parsed value is an audit line. */
export function isAuditLine(value: unknown): value is AuditLine {
  if (typeof value !== 'object' || value === null) return false
  const line = value as Readonly<Record<string, unknown>>
  return (
    typeof line['at'] === 'number' &&
    ['by', 'action', 'requestId', 'outcome'].every((name) => typeof line[name] === 'string') &&
    (line['target'] === null || typeof line['target'] === 'string')
  )
}
