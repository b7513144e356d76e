import { checkBuckets } from './checks/buckets.ts'
import { checkClocks } from './checks/clocks.ts'
import { checkJournal } from './checks/journal.ts'
import { checkKey } from './checks/key.ts'
import { checkLifecycles } from './checks/lifecycles.ts'
import { checkPolicies } from './checks/policies.ts'
import { checkProject } from './checks/project.ts'
import { checkQueue } from './checks/queue.ts'
import { checkQuota } from './checks/quota.ts'
import { checkRedisHealth } from './checks/redis.ts'
import { checkRights } from './checks/rights.ts'
import { checkZones } from './checks/zones.ts'
import type { Finding, Said } from './finding.ts'
import type { Sight } from './sight.ts'

/** One row: what is checked, as people read it, and the judgement over what was seen. */
export interface Check {
  readonly name: string
  readonly title: string
  readonly judge: (sight: Sight) => readonly Said[]
}

/** Everything that is checked, in the order in which it is told. */
export const CHECKS: readonly Check[] = [
  { name: 'key', title: 'Key', judge: checkKey },
  { name: 'project', title: 'Project', judge: checkProject },
  { name: 'clocks', title: 'Clocks', judge: checkClocks },
  { name: 'zones', title: 'Zones', judge: checkZones },
  { name: 'buckets', title: 'Buckets', judge: checkBuckets },
  { name: 'policies', title: 'Bucket policies', judge: checkPolicies },
  { name: 'lifecycles', title: 'Lifecycle rules', judge: checkLifecycles },
  { name: 'rights', title: 'Rights', judge: checkRights },
  { name: 'quota', title: 'Quota', judge: checkQuota },
  { name: 'redis', title: 'Redis', judge: checkRedisHealth },
  { name: 'queue', title: 'Queue', judge: checkQueue },
  { name: 'journal', title: 'Journal against provider', judge: checkJournal },
]

/** Every finding, in the order of the rows. Pure: nothing is asked any more. */
export function judgeAll(sight: Sight): readonly Finding[] {
  return CHECKS.flatMap(({ name, judge }) => judge(sight).map((said) => ({ check: name, ...said })))
}
