import { scrubText } from './scrub.ts'

/** An error as a log line shows it: each cause once, in order, and one stack. */
export interface ErrorLine {
  readonly type: string
  readonly message: string
  readonly code?: string
  readonly stack?: string
  readonly causes?: readonly { readonly type: string; readonly message: string; readonly code?: string }[]
}

const CAUSES_MAX = 8

/** Turns an error into its log line. The outer message does not repeat its cause: the chain is walked here, once. */
export function errorLine(error: unknown): ErrorLine {
  if (!(error instanceof Error)) return { type: typeof error, message: scrubText(String(error)) }
  const causes = chainOf(error).map(head)
  return {
    ...head(error),
    ...(error.stack === undefined ? {} : { stack: scrubText(framesOf(error.stack)) }),
    ...(causes.length === 0 ? {} : { causes }),
  }
}

function head(error: unknown): { type: string; message: string; code?: string } {
  if (!(error instanceof Error)) return { type: typeof error, message: scrubText(String(error)) }
  const code = 'code' in error && typeof error.code === 'string' ? { code: error.code } : {}
  return { type: error.name, message: scrubText(error.message), ...code }
}

function chainOf(error: Error): readonly unknown[] {
  const seen: unknown[] = []
  let next: unknown = error.cause
  while (
    next !== undefined &&
    next !== null &&
    seen.length < CAUSES_MAX &&
    !seen.includes(next) &&
    next !== error
  ) {
    seen.push(next)
    next = next instanceof Error ? next.cause : undefined
  }
  return seen
}

/** Only the frames: the first lines repeat the message. */
function framesOf(stack: string): string {
  return stack
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .join('\n')
}
