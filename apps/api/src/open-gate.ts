import { bad, good, type Result } from '@snapferry/migration'
import {
  checkRedis,
  claimInstallation,
  clockSkewMs,
  type Durability,
  keyOf,
  type Mode,
  type RedisJournal,
  type Timer,
} from '@snapferry/redis'
import type { Telemetry } from '@snapferry/telemetry'
import type { Gate, GateState } from './gate.ts'
import { FIRST_KEY, hashOfKey } from './principal.ts'

type Redis = Parameters<typeof checkRedis>[0]

/** What the gate looks at. */
export interface GateNeeds {
  readonly redis: Redis
  readonly apiKeys: RedisJournal['apiKeys']
  readonly telemetry: Telemetry
  readonly install: string
  readonly mode: Mode
  readonly allowVolatile: boolean
  /** The first API key: it is put into Redis as a hash when the gate opens. */
  readonly apiKey: string | null
  /** Milliseconds since 1970 on the machine's clock. */
  readonly clock: () => number
  readonly timer: Timer
}

/** A gate that follows the connection, and tells how the first look at Redis ended. */
export interface OpenedGate extends Gate {
  /** Resolves when Redis was looked at for the first time: null when it is fit, else everything that is wrong. */
  readonly firstLook: Promise<readonly string[] | null>
  /** Looks no more. */
  stop(): void
}

/** After this a Redis that was refused, or did not answer the look, is looked at again: somebody may have mended it. */
const LOOK_AGAIN_MS = 1_000

/** Nobody could ask for anything: outside the sandbox each request needs a key, and there is none to know it by. */
const NO_API_KEY =
  'there is no API key, neither in the environment nor in Redis: set SNAPFERRY_API_KEY or SNAPFERRY_API_KEY_FILE'

/**
 * Opens with each connection that is fit to keep migrations and closes with its end. Every connection is looked at
 * anew: after a fail-over it may lead to a replica, or to a Redis of somebody else.
 */
export function openGate(needs: GateNeeds): OpenedGate {
  const { redis, telemetry, timer } = needs
  const first = Promise.withResolvers<readonly string[] | null>()
  let state: GateState = { kind: 'waiting', text: 'Redis was not reached yet.' }
  // A look that began under an earlier connection has nothing to say about this one.
  let connection = 0
  let silence = () => {}

  const look = async (under: number): Promise<void> => {
    const found = await fitness(needs).catch((error: unknown) => {
      telemetry.redisAway(error)
      return null
    })
    if (under !== connection) return
    if (found === null || !found.ok) silence = timer(LOOK_AGAIN_MS, () => void look(under))
    if (found === null) return
    state = found.ok
      ? { kind: 'open', durability: found.value }
      : { kind: 'refused', text: found.failure.join('; ') }
    if (found.ok) telemetry.redisBack()
    else telemetry.log.error({ mistakes: found.failure }, 'redis refused')
    first.resolve(found.ok ? null : found.failure)
  }
  const onReady = () => {
    connection += 1
    silence()
    void look(connection)
  }
  const onClose = () => {
    connection += 1
    silence()
    state = { kind: 'waiting', text: 'Redis does not answer.' }
    telemetry.redisAway(new Error('the connection to Redis is closed'))
  }
  redis.on('ready', onReady)
  redis.on('close', onClose)
  if (redis.status === 'ready') onReady()
  return {
    state: () => state,
    clockSkewMs: () => skewMs(needs),
    firstLook: first.promise,
    stop: () => {
      redis.off('ready', onReady)
      redis.off('close', onClose)
      silence()
    },
  }
}

async function fitness(needs: GateNeeds): Promise<Result<Durability, readonly string[]>> {
  const { redis, install, mode, allowVolatile, apiKey, apiKeys } = needs
  const facts = await checkRedis(redis, { allowVolatile })
  if (!facts.ok) return facts
  const claimed = await claimInstallation(redis, { install, mode })
  if (!claimed.ok) return bad([claimed.failure])
  if (apiKey !== null) await apiKeys.put(hashOfKey(apiKey), { name: FIRST_KEY, role: 'admin' })
  // Without any key every request would be answered 401, and nobody would know why.
  else if (mode !== 'sandbox' && (await redis.hlen(keyOf.apiKeys)) === 0) return bad([NO_API_KEY])
  return good(facts.value.durability)
}

async function skewMs({ redis, clock }: GateNeeds): Promise<number | null> {
  if (redis.status !== 'ready') return null
  try {
    return await clockSkewMs(redis, clock)
  } catch {
    return null
  }
}
