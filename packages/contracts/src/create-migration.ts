import { type Static, Type } from 'typebox'
import {
  BucketName,
  CopyTypeName,
  KeepText,
  Labels,
  Priority,
  SizeBytes,
  Tags,
  Uuid,
  ZoneName,
} from './scalars.ts'

const closed = { additionalProperties: false } as const

/** What is carried: exactly one of a snapshot, a volume and an image. */
export const SourceBody = Type.Union(
  [
    Type.Object({ snapshot: Uuid }, closed),
    Type.Object({ volume: Uuid }, closed),
    Type.Object(
      {
        image: Type.Object(
          {
            bucket: BucketName,
            key: Type.String({
              minLength: 1,
              maxLength: 1024,
              description: 'The key of the image; ends in .qcow2.',
              examples: ['images/debian.qcow2'],
            }),
          },
          closed,
        ),
      },
      closed,
    ),
  ],
  {
    title: 'Source',
    description:
      'What is carried: exactly one of snapshot, volume (a snapshot is taken first) and image (a QCOW2 image in a bucket).',
  },
)

/** The copy as it shall be; what is left out is taken from the source. */
export const CopyBody = Type.Object(
  {
    name: Type.Optional(
      Type.String({ maxLength: 255, description: "The copy's name. Default: the source's." }),
    ),
    tags: Type.Optional(Tags),
    size: Type.Optional({ ...SizeBytes, minimum: 1 }),
    project: Type.Optional(Uuid),
    type: Type.Optional(CopyTypeName),
  },
  {
    ...closed,
    title: 'CopyPlan',
    description: "The copy as it shall be. Defaults: the source's own values.",
  },
)

/** The staging image. */
export const ImageBody = Type.Object(
  { bucket: Type.Optional(BucketName), keep: Type.Optional({ ...KeepText, default: 'never' }) },
  {
    ...closed,
    title: 'ImagePlan',
    description: "The image on its way. Default bucket: the installation's bucket of the region.",
  },
)

/** The snapshot that is taken of a volume. */
export const TakenSnapshotBody = Type.Object(
  { keep: Type.Optional(Type.Boolean({ default: false, description: 'Whether it stays after success.' })) },
  { ...closed, title: 'TakenSnapshotPlan', description: 'The snapshot that is taken of a volume.' },
)

/** The body of POST /v1/migrations. */
export const CreateMigration = Type.Object(
  {
    source: SourceBody,
    from: Type.Optional(ZoneName),
    to: ZoneName,
    copy: Type.Optional(CopyBody),
    image: Type.Optional(ImageBody),
    takenSnapshot: Type.Optional(TakenSnapshotBody),
    labels: Type.Optional(Labels),
    priority: Type.Optional({ ...Priority, default: 0 }),
  },
  {
    ...closed,
    title: 'CreateMigration',
    description:
      'One snapshot to one zone. `from` is needed for a snapshot or volume and refused for an image, as are `image` and `takenSnapshot`.',
    examples: [
      { source: { snapshot: '1b2c3d4e-5f60-4718-8a9b-0c1d2e3f4a5b' }, from: 'fr-par-1', to: 'fr-par-2' },
      {
        source: { volume: '1b2c3d4e-5f60-4718-8a9b-0c1d2e3f4a5b' },
        from: 'fr-par-1',
        to: 'fr-par-2',
        copy: { name: 'db-nightly', tags: ['prod'], type: 'sbs' },
        image: { keep: 'P7D' },
        takenSnapshot: { keep: false },
      },
      { source: { image: { bucket: 'acme-images', key: 'debian.qcow2' } }, to: 'fr-par-2' },
    ],
  },
)

/** The body of POST /v1/migrations, checked for its form only. */
export type CreateMigration = Static<typeof CreateMigration>
