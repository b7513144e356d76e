import { type Static, Type } from 'typebox'

const closed = { additionalProperties: false } as const

/** Answer of GET /livez: the process answers, nothing else is said. */
export const Alive = Type.Object({ alive: Type.Literal(true) }, { ...closed, title: 'Alive' })

/** One condition of readiness. */
const Check = Type.Object(
  { name: Type.Enum(['redis', 'clock', 'serving']), ok: Type.Boolean(), text: Type.String() },
  { ...closed, title: 'Check' },
)

/** Answer of GET /readyz. */
export const Ready = Type.Object(
  {
    ready: Type.Boolean(),
    mode: Type.Enum(['sandbox', 'observe', 'armed'], {
      description:
        '`sandbox`: the provider is the emulator. `observe`: the real provider is read, and nothing is written to it. `armed`: the real provider, and migrations are carried out. Every answer bears it in the header `Snapferry-Mode`.',
    }),
    installation: Type.String(),
    durability: Type.Enum(['unknown', 'fsync', 'aof', 'volatile'], {
      description:
        'What acceptance survives: `fsync` a crash of the machine of Redis, since 202 is answered only once its append-only file is on disk (Redis 7.2 or newer); `aof` the same up to the last fsync; `volatile` nothing; `unknown` before Redis was reached.',
    }),
    checks: Type.Array(Check),
  },
  { ...closed, title: 'Ready' },
)
/** Answer of GET /readyz. */
export type Ready = Static<typeof Ready>
