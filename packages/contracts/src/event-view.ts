import { type Static, Type } from 'typebox'
import { FailureView, PhaseName } from './migration-view.ts'
import { Time } from './scalars.ts'

const closed = { additionalProperties: false } as const

/** Something an event is about. */
const ThingView = Type.Object(
  {
    what: Type.Enum(['image', 'taken-snapshot', 'copy']),
    id: Type.String(),
    zone: Type.String({ description: 'The zone, or the region of an image.' }),
  },
  { ...closed, title: 'Thing' },
)

/** Every type of event. */
export const EVENT_TYPES = [
  'created',
  'admitted',
  'checked-bad',
  'intended',
  'disowned',
  'settled',
  'phase-completed',
  'waited',
  'attempt-failed',
  'phase-limit-over',
  'proof-lost',
  'cancel-requested',
  'retry-requested',
  'park-limit-over',
  'ledger-settled',
  'kept',
  'removed',
  'left',
  'defect',
] as const

/** One thing that happened to a migration. */
export const EventView = Type.Object(
  {
    number: Type.Integer({ minimum: 1, description: 'Place in the list, from 1; use it as `after`.' }),
    time: Time,
    type: Type.Enum([...EVENT_TYPES]),
    text: Type.String({ description: 'What happened, one sentence.' }),
    phase: Type.Optional(PhaseName),
    by: Type.Optional(Type.String({ description: 'Who asked for it: the name of an API key.' })),
    intent: Type.Optional(Type.String({ description: 'The announced write: <phase>.<round>.<send>.' })),
    outcome: Type.Optional(Type.Enum(['made', 'adopted', 'nothing'])),
    things: Type.Optional(Type.Array(ThingView)),
    ids: Type.Optional(Type.Array(Type.String())),
    attempt: Type.Optional(Type.Integer({ minimum: 1 })),
    attemptsMax: Type.Optional(Type.Integer({ minimum: 1 })),
    next: Type.Optional(
      Type.Enum(['again', 'unwind', 'park'], { description: 'What follows from a failed attempt.' }),
    ),
    waitMs: Type.Optional(
      Type.Integer({ minimum: 0, description: 'The wait chosen before the next attempt.' }),
    ),
    failure: Type.Optional(FailureView),
    reason: Type.Optional(
      Type.String({
        description: 'The rule that decided, a stable code; missing when a person asked for it.',
        examples: ['image-complete'],
      }),
    ),
    because: Type.Optional(
      Type.String({
        description: 'Why it was decided, one sentence.',
        examples: ['A complete image of ours is there: it is adopted, whichever send made it.'],
      }),
    ),
  },
  { ...closed, title: 'Event' },
)
/** One thing that happened to a migration. */
export type EventView = Static<typeof EventView>

/** Events of one migration, oldest first. */
export const EventPage = Type.Object({ items: Type.Array(EventView) }, { ...closed, title: 'EventPage' })
/** Events of one migration, oldest first. */
export type EventPage = Static<typeof EventPage>
