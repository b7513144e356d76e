import type { Dice } from '../dice.ts'
import type { Collection } from '../store.ts'
import { FAULT_GROUP, type Fault } from './fault.ts'

/** Which calls a rule is for; what is left out matches everything. */
export interface Match {
  api?: 'instance' | 'block' | 's3'
  /** `ImportSnapshot`, `ExportSnapshot`, `GetSnapshot`, `PutObject`, … as in the request log. */
  operation?: string
  zone?: string
  region?: string
  resourceId?: string
  bucket?: string
  /** Matches keys that begin so. */
  keyPrefix?: string
}

/** A fault that is armed: for which calls, how often, and how many matching calls it has seen and spoiled. */
export interface FaultRule {
  id: string
  match: Match
  times: number | 'forever'
  /** Only each so-many-th matching call; 1 is every call. */
  every: number
  /** Matching calls to let pass first. */
  after: number
  /** In [0, 1]; rolled with the emulator's seeded dice. */
  probability: number
  fault: Fault
  seen: number
  fired: number
  order: number
}

/** A rule as an admin asks for it. */
export interface WantedFault {
  match?: Match
  times?: number | 'forever'
  every?: number
  after?: number
  probability?: number
  fault: Fault
}

/** What of a call rules look at. */
export interface Matchable {
  api: 'instance' | 'block' | 's3'
  operation: string
  zone: string | null
  region: string | null
  resourceId: string | null
  bucket: string | null
  key: string | null
}

/** The armed faults; the oldest rule that fires wins. */
export interface Faults {
  arm(wanted: WantedFault): FaultRule
  list(): FaultRule[]
  /** Removes one rule, or all. */
  clear(id?: string): void
  pick(call: Matchable): Fault | null
}

/** Opens the rules kept in `rules`. */
export function openFaults(rules: Collection<FaultRule>, dice: Dice): Faults {
  const ordered = () => rules.all().sort((one, other) => one.order - other.order)
  return {
    arm(wanted) {
      if (!(wanted.fault?.kind in FAULT_GROUP))
        throw new RangeError(`there is no fault "${wanted.fault?.kind}"`)
      const order = Math.max(0, ...rules.all().map((rule) => rule.order)) + 1
      return rules.put({
        id: `fault-${order}`,
        match: wanted.match ?? {},
        times: wanted.times ?? 1,
        every: wanted.every ?? 1,
        after: wanted.after ?? 0,
        probability: wanted.probability ?? 1,
        fault: wanted.fault,
        seen: 0,
        fired: 0,
        order,
      })
    },
    list: ordered,
    clear(id) {
      for (const rule of rules.all()) if (id === undefined || rule.id === id) rules.remove(rule.id)
    },
    pick(call) {
      if (rules.size === 0) return null
      for (const rule of ordered()) {
        if (isSpent(rule) || !matches(rule.match, call)) continue
        const fires =
          rule.seen >= rule.after &&
          (rule.seen - rule.after + 1) % rule.every === 0 &&
          dice() < rule.probability
        rules.put({ ...rule, seen: rule.seen + 1, fired: rule.fired + (fires ? 1 : 0) })
        if (fires) return rule.fault
      }
      return null
    },
  }
}

function isSpent(rule: FaultRule): boolean {
  return rule.times !== 'forever' && rule.fired >= rule.times
}

function matches(match: Match, call: Matchable): boolean {
  return (
    same(match.api, call.api) &&
    same(match.operation, call.operation) &&
    same(match.zone, call.zone) &&
    same(match.region, call.region) &&
    same(match.resourceId, call.resourceId) &&
    same(match.bucket, call.bucket) &&
    (match.keyPrefix === undefined || (call.key ?? '').startsWith(match.keyPrefix))
  )
}

function same(wanted: string | undefined, actual: string | null): boolean {
  return wanted === undefined || wanted === actual
}
