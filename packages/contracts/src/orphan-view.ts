import { type Static, Type } from 'typebox'
import { PAGE_SIZE_DEFAULT, PAGE_SIZE_MAX, WAIT_SECONDS_MAX } from './queries.ts'
import { BucketName, MigrationIdText, SizeBytes, Time, ZoneName } from './scalars.ts'

const closed = { additionalProperties: false } as const

const KindName = Type.Enum(['late', 'orphan', 'unclaimed'], {
  title: 'OrphanKind',
  description:
    '`late`: an ended migration’s, which a sweep has removed. `orphan`: of a migration that no record knows; never removed. `unclaimed`: a proven copy without a record; adopt it.',
})
const RegionName = Type.String({ description: 'A region, such as fr-par.', examples: ['fr-par'] })

/** How many things, and their bytes. */
const TallyView = Type.Object(
  { things: Type.Integer({ minimum: 0 }), bytes: SizeBytes },
  { ...closed, title: 'Tally', description: 'How many things, and their bytes.' },
)

/** One thing of this installation that no migration accounts for. */
export const OrphanView = Type.Object(
  {
    kind: KindName,
    what: Type.Enum(['snapshot', 'image', 'upload'], {
      description: 'A snapshot, an object in a bucket, or an unfinished upload, whose parts are paid for.',
    }),
    id: Type.String({ description: 'The id of the snapshot, or the key of the object or upload.' }),
    migrationId: MigrationIdText,
    name: Type.Optional(Type.String({ description: 'Of a snapshot.' })),
    backend: Type.Optional(Type.Enum(['instance', 'block'], { description: 'Of a snapshot.' })),
    zone: Type.Optional(ZoneName),
    region: Type.Optional(RegionName),
    bucket: Type.Optional(BucketName),
    uploadId: Type.Optional(Type.String({ description: 'Of an upload.' })),
    bytes: SizeBytes,
    createTime: Type.Optional({ ...Time, description: 'When it was made or last written.' }),
    firstSeenTime: { ...Time, description: 'When a sweep first listed it.' },
  },
  { ...closed, title: 'Orphan' },
)
/** One thing of this installation that no migration accounts for. */
export type OrphanView = Static<typeof OrphanView>

/** Everything of this installation by what a sweep took it for: docs/leftovers.md. */
const CountsView = Type.Object(
  {
    'in-use': Type.Optional(TallyView),
    known: Type.Optional(TallyView),
    copy: Type.Optional(TallyView),
    'too-young': Type.Optional(TallyView),
    late: Type.Optional(TallyView),
    orphan: Type.Optional(TallyView),
    unclaimed: Type.Optional(TallyView),
  },
  { ...closed, title: 'SweepCounts', description: 'By what it was taken for; docs/leftovers.md.' },
)

/** What speaks against removing anything. */
export const REFUSAL_CODES = [
  'journal-empty',
  'journal-rolled-back',
  'journal-younger',
  'other-installation',
  'too-many',
  'observing',
  'given-up',
] as const

const PlaceView = Type.Object(
  {
    place: Type.String({
      description: '`snapshots/<api>/<zone>/<project>` or `bucket/<region>/<bucket>/<prefix>`.',
    }),
    notSeen: Type.Optional(
      Type.String({ description: 'Why it could not be seen; nothing is concluded about it.' }),
    ),
    counts: CountsView,
  },
  { ...closed, title: 'SweptPlace' },
)

/** A sweep: asked for, under way or finished. */
export const SweepView = Type.Object(
  {
    id: Type.String(),
    state: Type.Enum(['waiting', 'running', 'finished']),
    by: Type.String({ description: 'The name of an API key, or nightly.' }),
    dryRun: Type.Boolean({ description: 'It only looks.' }),
    acknowledge: Type.Optional(TallyView),
    askTime: Time,
    startTime: Type.Optional(Time),
    endTime: Type.Optional(Time),
    refused: Type.Optional(
      Type.Array(
        Type.Object(
          { code: Type.Enum([...REFUSAL_CODES]), text: Type.String() },
          { ...closed, title: 'SweepRefusal' },
        ),
        { description: 'Why nothing is removed; empty when nothing speaks against it.' },
      ),
    ),
    marked: Type.Optional({
      ...TallyView,
      description: 'Late things brought into the ledgers of their migrations, which now remove them.',
    }),
    counts: Type.Optional(CountsView),
    places: Type.Optional(Type.Array(PlaceView)),
  },
  { ...closed, title: 'Sweep' },
)
/** A sweep: asked for, under way or finished. */
export type SweepView = Static<typeof SweepView>

const Days = Type.Integer({ minimum: 1 })

/** One rule in the words of S3's bucket lifecycle. */
const RuleView = Type.Object(
  {
    ID: Type.String(),
    Status: Type.Literal('Enabled'),
    Filter: Type.Object({ Prefix: Type.String() }, closed),
    Expiration: Type.Optional(Type.Object({ Days }, closed)),
    AbortIncompleteMultipartUpload: Type.Object({ DaysAfterInitiation: Days }, closed),
  },
  { ...closed, title: 'LifecycleRule' },
)

const LifecycleView = Type.Object(
  {
    region: RegionName,
    bucket: BucketName,
    rules: Type.Array(RuleView, { description: 'In the words of the bucket lifecycle of S3.' }),
    command: Type.String({
      description: 'Sets them with the AWS command line. It replaces every rule of the bucket.',
    }),
  },
  { ...closed, title: 'BucketLifecycle' },
)

/** A page of what the newest sweep lists. */
export const OrphanPage = Type.Object(
  {
    items: Type.Array(OrphanView),
    nextPageToken: Type.String({ description: 'Empty on the last page.' }),
    sweep: Type.Optional({ ...SweepView, description: 'The newest finished sweep: what the items are of.' }),
    pending: Type.Optional({ ...SweepView, description: 'A sweep that was asked for and is not finished.' }),
    lifecycle: Type.Array(LifecycleView, {
      description: 'The second net, for every bucket in use: rules by which the bucket cleans up by itself.',
    }),
  },
  { ...closed, title: 'OrphanPage' },
)
/** A page of what the newest sweep lists. */
export type OrphanPage = Static<typeof OrphanPage>

/** Query of GET /v1/orphans. */
export const ListOrphans = Type.Object(
  {
    kind: Type.Optional(KindName),
    pageSize: Type.Optional(
      Type.Integer({
        minimum: 1,
        default: PAGE_SIZE_DEFAULT,
        description: `Items of a page; more than ${PAGE_SIZE_MAX} is cut down to ${PAGE_SIZE_MAX}.`,
      }),
    ),
    pageToken: Type.Optional(
      Type.String({
        maxLength: 256,
        description: 'nextPageToken of the page before, with the same kind; it ends with the next sweep.',
      }),
    ),
  },
  closed,
)
/** Query of GET /v1/orphans. */
export type ListOrphans = Static<typeof ListOrphans>

/** The body of POST /v1/orphans/sweep. */
export const AskSweep = Type.Object(
  {
    dryRun: Type.Optional(
      Type.Boolean({ default: true, description: 'Only look; false brings late things to their removal.' }),
    ),
    acknowledge: Type.Optional(
      Type.Object(
        {
          things: Type.Integer({ minimum: 0, maximum: 1_000_000, description: 'At most so many things.' }),
          bytes: { ...SizeBytes, description: 'Of at most so many bytes.' },
        },
        {
          ...closed,
          title: 'Acknowledge',
          description:
            'You have read the list and mean so much to be removed; needed above 50 things or 1 TB.',
        },
      ),
    ),
  },
  { ...closed, title: 'AskSweep', examples: [{ dryRun: true }] },
)
/** The body of POST /v1/orphans/sweep. */
export type AskSweep = Static<typeof AskSweep>

/** Query of POST /v1/orphans/sweep. */
export const AwaitSweep = Type.Object(
  {
    wait: Type.Optional(
      Type.String({
        pattern: '^\\d{1,4}s$',
        description: `Holds the answer until the sweep is finished or this time is over; at most ${WAIT_SECONDS_MAX}s.`,
        examples: ['30s'],
      }),
    ),
  },
  closed,
)
