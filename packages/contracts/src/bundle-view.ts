import { type Static, Type } from 'typebox'
import { MigrationIdText } from './scalars.ts'

const closed = { additionalProperties: false } as const
/** What only this program reads: its form is that of `definitionVersion`, not of this contract. */
const inner = { additionalProperties: true } as const

/**
 * One migration in one file, to be replayed. Names, tags, labels, people, buckets, projects and the keys of users' images
 * are pseudonyms, the same everywhere in the file; secrets are in no record to begin with.
 */
export const BundleView = Type.Object(
  {
    format: Type.Literal(1, { description: 'The form of this file.' }),
    madeAt: Type.Integer({ description: 'When it was made, milliseconds since 1970.' }),
    program: Type.Object({ version: Type.String(), revision: Type.String() }, closed),
    record: Type.Object(
      { id: MigrationIdText, state: Type.String(), definitionVersion: Type.Integer() },
      { ...inner, description: 'The migration as it is remembered.' },
    ),
    pulse: Type.Object({}, { ...inner, description: 'When it is looked at next, and why it waits.' }),
    events: Type.Array(Type.Object({ type: Type.String(), at: Type.Integer() }, inner), {
      description: 'Every event, oldest first, with what it was decided from.',
    }),
  },
  { ...closed, title: 'Bundle' },
)
/** One migration in one file, to be replayed. */
export type BundleView = Static<typeof BundleView>
