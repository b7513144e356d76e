import { PROBLEM_TYPE, Problem, type ProblemCode, problemRow } from '@snapferry/contracts'

/** Problems any guarded route may answer with. */
const ALWAYS: readonly ProblemCode[] = [
  'unauthenticated',
  'forbidden',
  'too_many_requests',
  'internal',
  'unavailable',
  'too_busy',
]

/** The problem answers of a guarded route for its OpenAPI entry, one for each status with its codes. */
export function problems(...codes: readonly ProblemCode[]): Readonly<Record<string, object>> {
  return only(...codes, ...ALWAYS)
}

/** The problem answers of an open route. */
export function only(...codes: readonly ProblemCode[]): Readonly<Record<string, object>> {
  const byStatus = Map.groupBy(codes, (code) => String(problemRow(code).status))
  return Object.fromEntries(
    [...byStatus].map(([status, group]) => [
      status,
      {
        description: group.map((code) => `\`${code}\`: ${problemRow(code).title}.`).join(' '),
        content: { [PROBLEM_TYPE]: { schema: Problem } },
      },
    ]),
  )
}

/** A JSON answer with its headers. */
export function answer(
  description: string,
  schema: object,
  headers: Readonly<Record<string, object>> = {},
): object {
  return { description, headers, content: { 'application/json': { schema } } }
}

/** Headers that answers of migrations carry. */
export const HEADERS = {
  location: { type: 'string', description: 'Where the migration is.' },
  etag: { type: 'string', description: 'Changes with the migration; send it as If-None-Match.' },
  retryAfter: {
    type: 'integer',
    description: 'Seconds after which it is worth asking again; while it is not done.',
  },
  contentDisposition: { type: 'string', description: 'A name for the file.' },
  replayed: { type: 'string', description: '`true` when the same request made this migration before.' },
} as const

/** The header a create or retry may carry. */
export const IDEMPOTENCY_HEADER = {
  type: 'object',
  properties: {
    'idempotency-key': {
      type: 'string',
      description:
        'A quoted string or plain text of at most 255 characters, remembered for 48 hours; the same key with the same body answers with the same migration.',
    },
  },
} as const
