import { type Static, Type } from 'typebox'
import { StateName } from './migration-view.ts'
import { MigrationIdText, ZoneName } from './scalars.ts'

const closed = { additionalProperties: false } as const

/** Items of a page when nothing is asked. */
export const PAGE_SIZE_DEFAULT = 50
/** The most items of a page; a larger wish is cut down to it. */
export const PAGE_SIZE_MAX = 1000
/** The longest a GET may be held, seconds. */
export const WAIT_SECONDS_MAX = 60

/** Query of GET /v1/migrations: every filter that is given must hold. */
export const ListMigrations = Type.Object(
  {
    state: Type.Optional(StateName),
    from: Type.Optional(ZoneName),
    to: Type.Optional(ZoneName),
    source: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 1100,
        description: 'The id of the source snapshot or volume, or bucket/key of an image.',
      }),
    ),
    pageSize: Type.Optional(
      Type.Integer({
        minimum: 1,
        default: PAGE_SIZE_DEFAULT,
        description: `Items of a page; more than ${PAGE_SIZE_MAX} is cut down to ${PAGE_SIZE_MAX}.`,
      }),
    ),
    pageToken: Type.Optional(
      Type.String({
        maxLength: 1024,
        description: 'nextPageToken of the page before, with the same filters.',
      }),
    ),
  },
  closed,
)
/** Query of GET /v1/migrations. */
export type ListMigrations = Static<typeof ListMigrations>

/** Query of GET /v1/migrations/{id}. */
export const GetMigration = Type.Object(
  {
    wait: Type.Optional(
      Type.String({
        pattern: '^\\d{1,4}s$',
        description: `A number of seconds and the letter s. Holds the answer until the migration has ended (with If-None-Match: until it has changed) or this time is over; at most ${WAIT_SECONDS_MAX}s.`,
        examples: ['30s'],
      }),
    ),
  },
  closed,
)
/** Query of GET /v1/migrations/{id}. */
export type GetMigration = Static<typeof GetMigration>

/** Query of GET /v1/migrations/{id}/events. */
export const ListEvents = Type.Object(
  {
    after: Type.Optional(
      Type.Integer({ minimum: 0, default: 0, description: 'Only events with a larger number.' }),
    ),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, default: 100 })),
  },
  closed,
)
/** Query of GET /v1/migrations/{id}/events. */
export type ListEvents = Static<typeof ListEvents>

/** The path parameter of one migration. A text of another form is no migration: 404. */
export const MigrationPath = Type.Object({ id: MigrationIdText }, closed)
/** The path parameter of one migration. */
export type MigrationPath = Static<typeof MigrationPath>

/** The body of a route that needs none: nothing, or an empty object. */
export const NoBody = Type.Union([Type.Null(), Type.Object({}, closed)], {
  title: 'NoBody',
  description: 'Nothing, or an empty object.',
})
