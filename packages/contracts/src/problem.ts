import { type Static, Type } from 'typebox'
import { PROBLEMS, type ProblemCode } from './problem-codes.ts'
import { MigrationIdText } from './scalars.ts'

const closed = { additionalProperties: false } as const

/** The media type of every problem. */
export const PROBLEM_TYPE = 'application/problem+json'

/** Every code of the table. */
const CodeName = Type.Enum(Object.keys(PROBLEMS) as [ProblemCode, ...ProblemCode[]], {
  title: 'ProblemCode',
  description: 'Stable: decide by it. docs/problems.md has a line for each.',
})

/** One finding of several. */
export const ProblemItem = Type.Object(
  {
    code: CodeName,
    detail: Type.String(),
    pointer: Type.Optional(
      Type.String({
        description: 'JSON Pointer as URI fragment into the body, or the name of a header.',
        examples: ['#/image/bucket'],
      }),
    ),
    parameter: Type.Optional(
      Type.String({
        description: 'The name of the query parameter; then there is no pointer.',
        examples: ['state'],
      }),
    ),
    fix: Type.String(),
    words: Type.Optional(Type.String({ description: "The provider's own words." })),
    providerRequestId: Type.Optional(
      Type.String({ description: "The provider's request id, for its support." }),
    ),
  },
  { ...closed, title: 'ProblemItem' },
)
/** One finding of several. */
export type ProblemItem = Static<typeof ProblemItem>

/** A problem document (RFC 9457) with a stable code and a fix. */
export const Problem = Type.Object(
  {
    type: Type.String({
      description: 'Identity of this kind of problem.',
      examples: ['urn:snapferry:problem:unknown_zone'],
    }),
    title: Type.String({ description: 'The kind of problem, always the same text.' }),
    status: Type.Integer({ minimum: 400, maximum: 599 }),
    detail: Type.String({ description: 'This case, for people.' }),
    instance: Type.String({ description: 'This occurrence: the request id as a URN.' }),
    code: CodeName,
    requestId: Type.String(),
    retryable: Type.Boolean({ description: 'Whether the same request may succeed later.' }),
    fix: Type.String({ description: 'The first thing to do.' }),
    migrationId: Type.Optional(MigrationIdText),
    errors: Type.Array(ProblemItem),
  },
  { ...closed, title: 'Problem' },
)
/** A problem document (RFC 9457) with a stable code and a fix. */
export type Problem = Static<typeof Problem>
