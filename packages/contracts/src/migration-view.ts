import { type Static, Type } from 'typebox'
import { CopyBody, ImageBody, SourceBody, TakenSnapshotBody } from './create-migration.ts'
import { Labels, MigrationIdText, Priority, SizeBytes, Time, ZoneName } from './scalars.ts'
import { WHY_CODES } from './why-codes.ts'

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
    priority: Priority,
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

const codeLines = Object.entries(WHY_CODES).map(([code, text]) => `* \`${code}\`: ${text}`)

/** Why a migration waits. */
export const WhyView = Type.Object(
  {
    code: Type.String({
      description: `Stable. Treat one you do not know as waiting.\n\n${codeLines.join('\n')}`,
      examples: ['exporting'],
    }),
    text: Type.String(),
    since: Time,
    stalledSince: Type.Optional({
      ...Time,
      description:
        'Since when nothing has changed for longer than similar moves ever took; missing while it is in the usual time.',
    }),
  },
  { ...closed, title: 'Why', description: 'Why it waits: a stable code, one sentence, and since when.' },
)

const Remedy = Type.Object(
  {
    action: Type.Enum(['retry', 'cancel', 'wait']),
    text: Type.String({ description: 'What it does.' }),
    href: Type.Optional(Type.String({ description: 'POST to it, without a body. Missing for wait.' })),
  },
  { ...closed, title: 'Remedy' },
)

/** What a parked migration waits for, and what can be done. */
export const AttentionView = Type.Object(
  {
    since: Time,
    kind: Type.String({ description: 'The kind of its failure; docs/failures.md has a section for each.' }),
    text: Type.String({ description: 'What happened, one sentence.' }),
    who: Type.Enum(['caller', 'operator', 'support'], {
      description: 'Who can do something about it: who asked for it, who runs Snapferry, or the provider.',
    }),
    fix: Type.String({ description: 'What to do before one of the remedies is asked for.' }),
    remedies: Type.Array(Remedy, { description: 'What can be asked for, the likeliest first.' }),
    nextReminderTime: Type.Optional({
      ...Time,
      description: 'When the log says it again; missing when no reminder is left.',
    }),
    decidesTime: { ...Time, description: 'When it goes on by itself, in the way the remedy `wait` says.' },
  },
  {
    ...closed,
    title: 'Attention',
    description: 'What a parked migration waits for. It holds no claim and no place in a budget meanwhile.',
  },
)
/** What a parked migration waits for, and what can be done. */
export type AttentionView = Static<typeof AttentionView>

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
    attention: Type.Optional(AttentionView),
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
