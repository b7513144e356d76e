import { type Static, Type } from 'typebox'
import { ZoneName } from './scalars.ts'

const closed = { additionalProperties: false } as const

/** The most pieces of work a budget may allow at a time: more than any account has ever been given. */
export const CONCURRENT_MAX = 10_000
/** The most gigabytes a budget may allow at a time: 10 PB. */
export const GIGABYTES_MAX = 10_000_000
/** The most provider calls a second: two hundred times what a profile is given when nobody asks. */
export const CALLS_PER_SECOND_MAX = 1_000
/** The least: one call in 20 seconds. */
export const CALLS_PER_SECOND_MIN = 0.05

const Concurrent = Type.Union([Type.Integer({ minimum: 1, maximum: CONCURRENT_MAX }), Type.Null()], {
  description: `A whole number from 1 to ${CONCURRENT_MAX}, or null for no limit. So many at a time.`,
  examples: [4],
})
const Gigabytes = Type.Union([Type.Number({ minimum: 1, maximum: GIGABYTES_MAX }), Type.Null()], {
  description: `A number from 1 to ${GIGABYTES_MAX}, or null for no limit. So many gigabytes (10^9 bytes) of disks at a time; a disk that is larger still goes, alone.`,
  examples: [2000],
})
const CallsPerSecond = Type.Union(
  [Type.Number({ minimum: CALLS_PER_SECOND_MIN, maximum: CALLS_PER_SECOND_MAX }), Type.Null()],
  {
    description: `A number from ${CALLS_PER_SECOND_MIN} to ${CALLS_PER_SECOND_MAX}, or null for the default. So many calls of the provider a second, counted over the whole fleet.`,
    examples: [5],
  },
)

const WorkName = Type.Enum(['export', 'import'], { description: 'What is limited.' })
const BackendName = Type.Enum(['instance', 'block'], {
  description: 'The API that owns the snapshot: instance for l_ssd, block for sbs.',
})
const ProfileName = Type.String({
  minLength: 1,
  maxLength: 40,
  description: 'The name of a profile.',
  examples: ['default'],
})

/** What a budget limits. Without a place it is the whole fleet's. */
const place = {
  work: WorkName,
  zone: Type.Optional({
    ...ZoneName,
    description: 'Only this zone: of the source for exports, of the copy for imports.',
  }),
  backend: Type.Optional(BackendName),
  profile: Type.Optional(ProfileName),
}

const told = (description: string) => Type.Optional(Type.Number({ description }))

/** One budget as it is asked for. What only answers tell is taken and means nothing, so that an answer can be sent back. */
export const BudgetBody = Type.Object(
  {
    ...place,
    concurrent: Type.Optional(Concurrent),
    gigabytes: Type.Optional(Gigabytes),
    used: told('Ignored.'),
    usedGigabytes: told('Ignored.'),
    waiting: told('Ignored.'),
  },
  { ...closed, title: 'BudgetBody' },
)
/** One budget as it is asked for. */
export type BudgetBody = Static<typeof BudgetBody>

/** Provider calls of one profile. */
export const CallRateBody = Type.Object(
  { profile: ProfileName, callsPerSecond: CallsPerSecond },
  { ...closed, title: 'CallRate' },
)
/** Provider calls of one profile. */
export type CallRateBody = Static<typeof CallRateBody>

/** The body of PUT /v1/budgets: everything there shall be. */
export const PutBudgets = Type.Object(
  {
    budgets: Type.Array(BudgetBody, { maxItems: 100 }),
    calls: Type.Optional(Type.Array(CallRateBody, { maxItems: 100 })),
  },
  {
    ...closed,
    title: 'PutBudgets',
    description:
      'All budgets there shall be: one that is left out has no limit afterwards. At most one of zone, backend and profile narrows a budget. Without `calls` the rates stay as they are.',
    examples: [
      {
        budgets: [
          { work: 'export', concurrent: 8 },
          { work: 'export', zone: 'fr-par-1', concurrent: 4, gigabytes: 2000 },
          { work: 'import', backend: 'block', concurrent: 6 },
        ],
        calls: [{ profile: 'default', callsPerSecond: 5 }],
      },
    ],
  },
)
/** The body of PUT /v1/budgets. */
export type PutBudgets = Static<typeof PutBudgets>

/** One budget as it stands. */
export const BudgetView = Type.Object(
  {
    ...place,
    concurrent: Concurrent,
    gigabytes: Gigabytes,
    used: Type.Integer({
      minimum: 0,
      description: 'Places taken. More than the limit after it was lowered: nothing is stopped.',
    }),
    usedGigabytes: Type.Number({ minimum: 0 }),
    waiting: Type.Integer({ minimum: 0, description: 'Migrations that stand in line for it.' }),
  },
  { ...closed, title: 'Budget' },
)
/** One budget as it stands. */
export type BudgetView = Static<typeof BudgetView>

/** Every budget that has a limit or is used, and the rate of provider calls of each profile. */
export const BudgetsView = Type.Object(
  { budgets: Type.Array(BudgetView), calls: Type.Array(CallRateBody) },
  { ...closed, title: 'Budgets' },
)
/** Every budget that has a limit or is used, and the rate of provider calls of each profile. */
export type BudgetsView = Static<typeof BudgetsView>
