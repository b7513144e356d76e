import { factsOf } from './info-facts.ts'

/**
 * What acceptance survives. `volatile`: nothing. `aof`: a crash up to the last fsync of the append-only file. `fsync`:
 * a crash of the machine, because nothing is accepted before that file is on disk.
 */
export type Durability = 'volatile' | 'aof' | 'fsync'

/** WAITAOF came with Redis 7.2; Valkey, which forked there, gives 7.2 or newer as its `redis_version`. */
const WAITAOF_FROM = [7, 2] as const

/** What a Redis with this INFO can promise. */
export function durabilityOf(info: string): Durability {
  const fact = factsOf(info)
  if (fact('aof_enabled') !== '1') return 'volatile'
  return isAtLeast(fact('redis_version'), WAITAOF_FROM) ? 'fsync' : 'aof'
}

/** How many replicas were connected when INFO was given. */
export function replicasOf(info: string): number {
  const count = Number(factsOf(info)('connected_slaves'))
  return Number.isInteger(count) ? count : 0
}

/** Whether a version like `7.0.15` is this one or newer; what is no version is older than any. */
export function isAtLeast(version: string, [major, minor]: readonly [number, number]): boolean {
  const [had = Number.NaN, hadMinor = Number.NaN] = version.split('.').map(Number)
  return had > major || (had === major && hadMinor >= minor)
}
