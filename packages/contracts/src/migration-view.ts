import { type Static, Type } from 'typebox'
import { CopyBody, ImageBody, SourceBody, TakenSnapshotBody } from './create-migration.ts'
import { Labels, MigrationIdText, SizeBytes, Time, ZoneName } from './scalars.ts'

const closed = { additionalProperties: false } as const
const nullableText = (description: string) => Type.Union([Type.String(), Type.Null()], { description })

/** The seven states, in the order of a life. */
export const StateName = Type.Enum(
  ['queued', 'running', 'unwinding', 'needs_attention', 'succeeded', 'failed', 'cancelled'],
  {
    title: 'State',
    description:
      'needs_attention is parked, not final: retry or cancel moves it on. Endings: succeeded, failed, cancelled.',
  },
)
/** The phases, in travelling order. */
export const PhaseName = Type.Enum(['snapshot', 'export', 'inspect', 'import', 'verify', 'tidy'], {
  title: 'Phase',
  description: 'A phase of the route, in travelling order.',
})

/** The body with every default filled in; what is only known after a look at the source is filled in then. */
export const PlanView = Type.Object(
  {
    source: SourceBody,
    from: Type.Optional(ZoneName),
    to: ZoneName,
    copy: CopyBody,
    image: Type.Optional(ImageBody),
    takenSnapshot: Type.Optional(TakenSnapshotBody),
    labels: Labels,
  },
  {
    ...closed,
    title: 'Plan',
    description:
      'The body with every default filled in. A default that comes from the source is filled in once the source was looked at.',
  },
)

/** Why a migration failed or is parked. */
export const FailureView = Type.Object(
  {
    kind: Type.String({
      description: 'Stable; docs/failures.md has a section for each.',
      examples: ['import-error'],
    }),
    text: Type.String({ description: 'One sentence about this case.' }),
    words: nullableText("The provider's own words, or null."),
    requestId: nullableText("The provider's request id, for its support, or null."),
    fix: Type.String({ description: 'The first thing to do.' }),
  },
  { ...closed, title: 'Failure' },
)

/** Something we made and could not remove. */
export const LeftoverView = Type.Object(
  {
    what: Type.Enum(['image', 'taken-snapshot', 'copy', 'copy-not-marked']),
    id: Type.String(),
    zone: Type.String({ description: 'The zone, or the region of an image.' }),
    reason: Type.String(),
  },
  { ...closed, title: 'Leftover', description: 'Something we made and could not remove, with the reason.' },
)

/** Why a migration waits. */
export const WhyView = Type.Object(
  { code: Type.String({ examples: ['exporting'] }), text: Type.String(), since: Time },
  { ...closed, title: 'Why', description: 'Why it waits: a stable code, one sentence, and since when.' },
)

const staged = Type.Object(
  { bucket: Type.String(), key: Type.String(), bytes: SizeBytes },
  { ...closed, title: 'Image', description: 'The complete image, while it exists.' },
)
const taken = Type.Object(
  { id: Type.String() },
  {
    ...closed,
    title: 'TakenSnapshot',
    description: 'The snapshot that was taken of the volume, while it exists.',
  },
)
const copied = Type.Object(
  { id: Type.String(), zone: ZoneName, size: SizeBytes },
  {
    ...closed,
    title: 'Copy',
    description: 'The copy, while it exists. It is proven good exactly when state is succeeded.',
  },
)

/** One migration, as every answer shows it. */
export const MigrationView = Type.Object(
  {
    id: MigrationIdText,
    state: StateName,
    done: Type.Boolean({ description: 'True exactly for succeeded, failed and cancelled.' }),
    phase: Type.Optional(PhaseName),
    attempt: Type.Integer({ minimum: 0, description: 'The attempt of this phase, from 1.' }),
    attemptsMax: Type.Integer({ minimum: 0 }),
    createTime: Time,
    startTime: Type.Optional(Time),
    endTime: Type.Optional(Time),
    nextTickTime: Type.Optional({
      ...Time,
      description: 'When it is looked at next, unless something wakes it.',
    }),
    why: Type.Optional(WhyView),
    plan: PlanView,
    image: Type.Optional(staged),
    takenSnapshot: Type.Optional(taken),
    copy: Type.Optional(copied),
    failure: Type.Optional(FailureView),
    leftovers: Type.Array(LeftoverView),
    retryOf: Type.Optional(MigrationIdText),
  },
  { ...closed, title: 'Migration' },
)
/** One migration, as every answer shows it. */
export type MigrationView = Static<typeof MigrationView>

/** A page of migrations, newest first. */
export const MigrationPage = Type.Object(
  {
    items: Type.Array(MigrationView),
    nextPageToken: Type.String({ description: 'Empty on the last page, and only there.' }),
  },
  { ...closed, title: 'MigrationPage' },
)
/** A page of migrations, newest first. */
export type MigrationPage = Static<typeof MigrationPage>
