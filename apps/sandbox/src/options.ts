import { parseArgs } from 'node:util'

/** What can be spoiled on purpose, and what it must lead to. */
export const SABOTAGES = [
  'empty-image',
  'truncated-image',
  'zeroed-copy',
  'wrong-size',
  'lost-answer',
] as const
export type Sabotage = (typeof SABOTAGES)[number]

/** What the person at the keyboard asked for. */
export interface Options {
  readonly once: boolean
  readonly sabotage: Sabotage | null
  /** How many times as fast as a real one the provider's clock and ours run. */
  readonly speed: number
  /** Where data is kept, or null for the usual place. */
  readonly data: string | null
  /** The real provider instead of the sandbox, observed. */
  readonly cloud: boolean
  /** With `cloud`: armed, once somebody has typed that it is meant. */
  readonly arm: boolean
  readonly help: boolean
  /** The launcher has said the first line already. */
  readonly launched: boolean
}

const SPEED_MAX = 100
/** A sabotage waits out minutes of doubt: nobody should have to sit through them in real time. */
const SABOTAGE_SPEED = 20

/** Reads the command line; throws one sentence that says what is wrong and what may be said. */
export function readOptions(args: readonly string[]): Options {
  const { values } = parse(args)
  const sabotage =
    values.sabotage === undefined ? null : (SABOTAGES.find((name) => name === values.sabotage) ?? undefined)
  if (sabotage === undefined) throw new Error(`--sabotage takes one of ${SABOTAGES.join(', ')}`)
  const speed = values.speed === undefined ? (sabotage === null ? 1 : SABOTAGE_SPEED) : Number(values.speed)
  if (!(speed >= 1 && speed <= SPEED_MAX)) throw new Error(`--speed takes a number from 1 to ${SPEED_MAX}`)
  checkTogether(values)
  return {
    once: values.once || sabotage !== null,
    sabotage,
    speed,
    data: values.data ?? null,
    cloud: values.cloud,
    arm: values.arm,
    help: values.help,
    launched: values.launched,
  }
}

/** What belongs to the sandbox has no meaning at the real provider, and the other way round. */
function checkTogether(values: ReturnType<typeof parse>['values']): void {
  if (values.arm && !values.cloud) throw new Error('--arm goes with --cloud; the sandbox needs no arming')
  const isPlay = values.once || values.sabotage !== undefined || values.speed !== undefined
  if (values.cloud && isPlay) throw new Error('--cloud does not go with --once, --sabotage or --speed')
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        once: { type: 'boolean', default: false },
        sabotage: { type: 'string' },
        speed: { type: 'string' },
        data: { type: 'string' },
        cloud: { type: 'boolean', default: false },
        arm: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
        launched: { type: 'boolean', default: false },
      },
    })
  } catch (error) {
    throw new Error(
      `${error instanceof Error ? error.message.split('. ')[0] : error}; see npm start -- --help`,
    )
  }
}

/** What `--help` prints; 80 columns. */
export const HELP = `npm start [-- options]

Starts a private Redis, an emulated provider, the API and a worker on this
machine, moves two disks of 10 GB from fr-par-1 to fr-par-2, proves the copies
from outside, and keeps serving. Nothing reaches Scaleway. Nothing is installed
on this system.

  --once             leave after the proof; exit 0 when every copy is proven,
                     else 1
  --sabotage <what>  spoil something and see it found (implies --once):
                     empty-image, truncated-image, zeroed-copy and wrong-size
                     end with exit 1 and the finding; lost-answer ends with
                     exit 0 and exactly one copy of each
  --speed <n>        run the provider's clock and ours n times as fast
                     (1 to ${SPEED_MAX}; default 1, with a sabotage ${SABOTAGE_SPEED})
  --data <folder>    where data is kept while it runs, and what phases took
                     (default .snapferry in the repository)
  --cloud            the real provider instead: reads SCW_* and the scw config
                     file (SCW_PROFILE) as the official tools do, runs the
                     doctor, and observes: nothing is written
  --cloud --arm      the same, then asks once whether to carry in earnest; a
                     script pipes the words it asks for
  -h, --help         this text

Exit codes: 0 all proven, 1 not proven, 2 a wrong option, 3 could not start,
130 stopped.

REDIS_URL uses a Redis of yours instead of a private one.`
