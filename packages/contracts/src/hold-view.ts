import { type Static, Type } from 'typebox'
import { HOLDS } from './hold-rows.ts'
import { BucketName, MigrationIdText, Time, ZoneName } from './scalars.ts'

const closed = { additionalProperties: false } as const

/** The longest reason of a drain. */
export const REASON_LENGTH_MAX = 200

const Fleet = Type.Literal('fleet', { description: 'Every migration.' })
const OfProfile = Type.Object(
  { profile: Type.String({ minLength: 1, maxLength: 40, description: 'The name of a profile.' }) },
  closed,
)
const OfZone = Type.Object({ zone: ZoneName }, closed)
const OfBucket = Type.Object({ bucket: BucketName, region: Type.String() }, closed)

/** The body of POST /v1/holds: an operator's drain. */
export const PutDrain = Type.Object(
  {
    scope: Type.Union([Fleet, OfProfile, OfZone], {
      description: 'The text "fleet", or an object with exactly one of profile and zone. Who it covers.',
    }),
    reason: Type.String({
      minLength: 1,
      maxLength: REASON_LENGTH_MAX,
      pattern: '\\S',
      description: 'Why nothing new may begin; it is shown with every migration that waits for it.',
      examples: ['maintenance of the network until 18:00'],
    }),
  },
  {
    ...closed,
    title: 'PutDrain',
    examples: [
      { scope: 'fleet', reason: 'maintenance until 18:00' },
      { scope: { zone: 'fr-par-1' }, reason: 'the zone is unwell' },
      { scope: { profile: 'default' }, reason: 'the key is being renewed' },
    ],
  },
)
/** The body of POST /v1/holds. */
export type PutDrain = Static<typeof PutDrain>

const Answered = Type.Object(
  {
    call: Type.Union([Type.String(), Type.Null()], { description: 'The call of the provider, or null.' }),
    words: Type.String({ description: "The provider's own words, scrubbed of secrets." }),
    requestId: Type.Union([Type.String(), Type.Null()], {
      description: "The provider's request id, for its support, or null.",
    }),
    lastTime: { ...Time, description: 'When it was last answered so.' },
    times: Type.Integer({ minimum: 1, description: 'How often it was answered so.' }),
  },
  { ...closed, title: 'Answered', description: 'What the provider answered. Missing for a drain.' },
)

const Affected = Type.Object(
  {
    waiting: Type.Integer({
      minimum: 0,
      description:
        'Migrations that came to it and wait. One that sleeps for another reason is not counted yet.',
    }),
    examples: Type.Array(MigrationIdText, { maxItems: 10, description: 'At most ten of them.' }),
    text: Type.String({ description: 'What waits under it, one sentence.' }),
  },
  { ...closed, title: 'Affected' },
)

/** A hold: what is wrong with the account, the provider is unwell, or an operator lets nothing begin. */
export const HoldView = Type.Object(
  {
    name: Type.String({
      description: 'Its name, `<kind>:<scope>`; use it in the path.',
      examples: ['drain:zone/fr-par-1'],
    }),
    kind: Type.Enum(Object.keys(HOLDS), { description: 'docs/limits.md has a line for each.' }),
    scope: Type.Union([Fleet, OfProfile, OfZone, OfBucket]),
    stops: Type.Enum(['calls', 'creates'], {
      description: '`calls`: the provider is not called at all. `creates`: only what was refused waits.',
    }),
    since: Time,
    reason: Type.Optional(Type.String({ description: 'Why it was put up; of a drain only.' })),
    by: Type.Optional(
      Type.String({ description: 'Who put it up: the name of an API key; of a drain only.' }),
    ),
    answered: Type.Optional(Answered),
    affected: Affected,
    nextTryTime: Type.Optional({
      ...Time,
      description: 'When one migration tries again. Missing for a drain: it ends when somebody ends it.',
    }),
    triedBy: Type.Optional({ ...MigrationIdText, description: 'The migration that tries at present.' }),
    fix: Type.String({ description: 'What to do.' }),
  },
  { ...closed, title: 'Hold' },
)
/** A hold. */
export type HoldView = Static<typeof HoldView>

/** Every hold that stands, oldest first. */
export const HoldList = Type.Object({ items: Type.Array(HoldView) }, { ...closed, title: 'HoldList' })
/** Every hold that stands, oldest first. */
export type HoldList = Static<typeof HoldList>

/** The path parameter of one hold. */
export const HoldPath = Type.Object(
  {
    name: Type.String({
      description: 'The name of a hold; a slash in it may be written as %2F.',
      examples: ['drain:zone/fr-par-1'],
    }),
  },
  closed,
)
/** The path parameter of one hold. */
export type HoldPath = Static<typeof HoldPath>
