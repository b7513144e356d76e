import { type Static, Type } from 'typebox'
import { CopyTypeName, MigrationIdText, SizeBytes, Time, ZoneName } from './scalars.ts'

const closed = { additionalProperties: false } as const

/** A proven copy, as the catalogue has it. */
export const CatalogueCopy = Type.Object(
  {
    id: Type.String({ description: 'The id of the snapshot.' }),
    migrationId: MigrationIdText,
    backend: Type.Enum(['instance', 'block']),
    type: CopyTypeName,
    zone: ZoneName,
    project: Type.String(),
    name: Type.String(),
    sizeBytes: SizeBytes,
    source: Type.Optional(
      Type.Object(
        { kind: Type.Enum(['snapshot', 'volume', 'image']), id: Type.String() },
        { ...closed, description: 'Missing when no tag tells it.' },
      ),
    ),
    from: Type.Optional(ZoneName),
    volume: Type.Optional(Type.String({ description: 'The volume whose data it has.' })),
    dataTime: Type.Optional({ ...Time, description: 'When its data was taken.' }),
    verifyTime: { ...Time, description: 'When it was proven good.' },
  },
  { ...closed, title: 'CatalogueCopy' },
)
/** A proven copy, as the catalogue has it. */
export type CatalogueCopy = Static<typeof CatalogueCopy>

/** The path parameter of one copy. */
export const CopyPath = Type.Object({ id: Type.String({ description: 'The id of a snapshot.' }) }, closed)
