import { describe, expect, test } from 'vitest'
import {
  afterLook,
  afterRead,
  apply,
  type Bundle,
  bad,
  begin,
  bundleOf,
  type Event,
  fold,
  good,
  type Hold,
  type Migration,
  POLICY,
  type Policy,
  type Pulse,
  type Reading,
  replay,
  type Seen,
  type Tick,
  type WantsAppend,
} from '../src/index.ts'
import { aHold, readUnder } from './a-hold.ts'
import { aCloudFailure, aPlan, aSource, ID, NOW } from './a-migration.ts'

const at = (policy: Policy = POLICY) => ({ monotonicMs: 0, policy })

/** A tick until it wants something of the journal or of the provider, or nothing more. */
function tickOf(reading: Reading, seen: Seen, policy: Policy = POLICY, dice = 0.5): Tick {
  const tick = afterRead(begin(0), reading, at(policy), dice)
  return tick.wants === 'look' ? afterLook(tick, seen, at(policy)) : tick
}

const bucket = good({
  bucket: 'bucket',
  region: aPlan().image.region,
  project: null,
  versioned: false,
  locked: false,
})
const READY: Seen = { bucket, source: good(aSource()) }

/** One tick: what it saw, under which holds, and how patient it was. */
interface Ticked {
  readonly seen: Seen
  readonly holds?: readonly Hold[]
  readonly policy?: Policy
}

describe('a held decision', () => {
  const PULSE: Pulse = { v: 1, wakeAt: NOW, plannedMs: 0, waitedMs: 0, looks: 0, why: null }
  const acme = aPlan({ image: { ...aPlan().image, bucket: 'acme-staging' } })
  const scope = 'bucket/fr-par/acme-staging'
  const words = 'acme-staging is closed for jane'
  const told = { said: words, by: 'jane' }
  const closed = aHold('bucket', { scope, ...told })
  const created = (plan = acme): Event => ({
    ...{ type: 'created', at: NOW, id: ID, plan, redisRun: 'run', retryOf: null, by: 'jane' },
  })
  const ready: Seen = {
    ...READY,
    bucket: good({ ...(bucket.ok ? bucket.value! : ({} as never)), bucket: 'acme-staging' }),
  }
  const refused = bad({ ...aCloudFailure('forbidden'), words })

  /** The history of these ticks, each under its holds. */
  function history(...ticks: readonly Ticked[]): Bundle {
    const events: Event[] = [created()]
    for (const { seen, holds = [], policy = POLICY } of ticks) {
      const tick = tickOf(readUnder(fold(events), holds), seen, policy) as WantsAppend
      events.push(...tick.change.events)
    }
    const record = events.slice(1).reduce<Migration>(apply, fold(events.slice(0, 1)))
    const made = { madeAt: NOW, program: { version: '1', revision: 'r' } }
    return JSON.parse(JSON.stringify(bundleOf({ record, pulse: PULSE, events }, made))) as Bundle
  }
  const worked = { ...POLICY, worked: ['bucket|default|fr-par/acme-staging'] }

  test.each<[string, readonly Ticked[], string]>([
    ['a look that was not taken', [{ seen: {}, holds: [closed] }], 'hold-bucket'],
    [
      'a claim that a drain kept',
      [{ seen: ready }, { seen: {}, holds: [aHold('drain', told)] }],
      'hold-drain',
    ],
    [
      'a key that was refused',
      [{ seen: { ...ready, bucket: bad(aCloudFailure('credentials')) } }],
      'hold-credentials',
    ],
    [
      'a bucket that had worked before',
      [{ seen: { ...ready, bucket: refused }, policy: worked }],
      'hold-bucket',
    ],
    [
      'a claim that was not taken in mode observe',
      [{ seen: ready }, { seen: {}, policy: { ...POLICY, observe: true } }],
      'observing',
    ],
  ])('is decided so again, under pseudonyms too: %s', (_, ticks, rule) => {
    const bundle = history(...ticks)
    const { steps, recordDiffers } = replay(bundle)
    expect(steps.map(({ differs }) => differs)).toEqual(steps.map(() => null))
    expect([steps.at(-1)?.because?.rule, recordDiffers]).toEqual([rule, null])
    for (const theirs of ['acme', 'jane']) expect(JSON.stringify(bundle)).not.toContain(theirs)
  })

  test('keeps the kind, the scope and the profile of its hold, and hides bucket, words and who put it up', () => {
    const [, event] = history({ seen: {}, holds: [closed] }).events
    expect(event?.basis?.hold).toMatchObject({
      ...{ name: 'bucket:bucket/fr-par/bucket-1', kind: 'bucket', scope: 'bucket/fr-par/bucket-1' },
      ...{ said: 'bucket-1 is closed for person-1', by: 'person-1', call: 'block DoIt' },
    })
    const [, other] = history({ seen: {}, holds: [aHold('circuit', { scope: 'zone/fr-par-1' })] }).events
    expect(other?.basis?.hold).toMatchObject({ name: 'circuit:zone/fr-par-1', scope: 'zone/fr-par-1' })
    const [, third] = history({ seen: { ...ready, bucket: refused }, policy: worked }).events
    expect(third?.basis?.worked).toEqual(['bucket|default|fr-par/bucket-1'])
  })
})
