import type { LifecycleRule } from '@snapferry/scaleway'
import { fine, note, type Said, wrong } from '../finding.ts'
import type { BucketSight, Setup, Sight } from '../sight.ts'
import { nameOf } from './buckets.ts'
import { isThere } from './policies.ts'
import { wordsOf } from './words-of.ts'

/** A parked migration keeps its image for three days before it is undone; a rule that is quicker takes it away. */
const DAYS_MIN = 7

/** Lifecycle rules: the second net under our work folder, and nothing over what we keep. */
export function checkLifecycles({ setup, buckets }: Sight): readonly Said[] {
  return buckets.filter(isThere).flatMap((sight) => rulesSaid(sight, setup))
}

function rulesSaid(sight: BucketSight, setup: Setup): readonly Said[] {
  const name = nameOf(sight)
  const { lifecycle } = sight.seen
  if (!lifecycle.ok)
    return [
      note(
        `${name}: its lifecycle rules are not told (${wordsOf(lifecycle.failure)})`,
        'only needed to see them: ObjectStorageBucketsRead',
      ),
    ]
  const rules = lifecycle.value.filter(({ isOn }) => isOn)
  const home = `${setup.prefix}/${setup.install}/`
  const found = [...dangers(name, home, rules), ...netSaid(name, home, rules)]
  return sight.at.use === 'archive' ? found.filter(({ mark }) => mark === 'bad') : found
}

function dangers(name: string, home: string, rules: readonly LifecycleRule[]): readonly Said[] {
  return rules.flatMap(({ prefix, expireDays }): Said[] => {
    if (expireDays === null) return []
    const kept = ['keep/', 'archive/'].filter((folder) => `${home}${folder}`.startsWith(prefix))
    if (kept.length > 0)
      return [
        wrong(
          `${name}: a rule expires ${prefix === '' ? 'every object' : `${prefix}*`} after ${expireDays} days, also ${home}${kept.join(' and ')}`,
          `give the rule the prefix ${home}work/`,
        ),
      ]
    return `${home}work/`.startsWith(prefix) && expireDays < DAYS_MIN
      ? [
          wrong(
            `${name}: a rule removes images of ours after ${expireDays} days, while a migration may still need them`,
            `let it wait ${DAYS_MIN} days or more`,
          ),
        ]
      : []
  })
}

function netSaid(name: string, home: string, rules: readonly LifecycleRule[]): readonly Said[] {
  const covering = rules.filter(({ prefix }) => `${home}work/`.startsWith(prefix))
  const expires = covering.some(({ expireDays }) => expireDays !== null)
  const aborts = covering.some(({ abortDays }) => abortDays !== null)
  if (expires && aborts) return [fine(`${name}: what is forgotten under ${home}work/ goes away by itself`)]
  const lacks = [...(expires ? [] : ['expiration']), ...(aborts ? [] : ['abort of unfinished uploads'])]
  return [
    note(
      `${name}: no rule with ${lacks.join(' and ')} covers ${home}work/`,
      `as a second net, let objects under ${home}work/ expire after ${DAYS_MIN} days or more and unfinished uploads after 1`,
    ),
  ]
}
