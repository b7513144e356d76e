import { bad, type MigrationId, type SnapshotLooks } from '@snapferry/migration'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { advance, type Ferry } from '../src/index.ts'
import { openZoneMeter } from '../src/zone-meter.ts'
import { failureOf } from './cloud.ts'
import { history, importing, openStage, reading, type Stage } from './stage.ts'

let it: Stage
beforeAll(async () => {
  it = await openStage()
})
beforeEach(() => it.reset())
afterAll(() => it.close())

const never = new AbortController().signal
const NAME = 'circuit:zone/fr-par-2'
const FLEET = 20

/** A fleet that waits for its imports at a provider which may be down, and the meter that counts its calls. */
async function aFleet() {
  const provider = it.ferry.providers['default']!
  const its = { isDown: false, calls: 0, opened: [] as string[] }
  const rings: (() => void)[] = []
  const failing = (api: SnapshotLooks): SnapshotLooks => ({
    ...api,
    find: (at) => {
      its.calls++
      return its.isDown ? Promise.resolve(bad(failureOf('unavailable', true))) : api.find(at)
    },
  })
  const { instance, block } = provider.looks
  const meter = openZoneMeter({
    circuits: it.journal.circuits,
    profile: 'default',
    onOpened: (hold) => its.opened.push(hold),
    onError: (error) => {
      throw error
    },
    timer: (_, ring) => {
      rings.push(ring)
      return () => {}
    },
  })
  const ferry: Ferry = {
    ...it.ferry,
    providers: {
      default: meter.around({
        ...provider,
        looks: { ...provider.looks, instance: failing(instance), block: failing(block) },
      }),
    },
  }
  const ids: MigrationId[] = []
  for (let n = 0; n < FLEET; n++) ids.push((await importing(it)).record.id)
  return {
    its,
    meter,
    ids,
    tick: (id: MigrationId) => advance(id, ferry, never),
    tell: () => rings.pop()?.(),
  }
}

type Fleet = Awaited<ReturnType<typeof aFleet>>

/** Lets everybody look who is due or nudged; answers how many calls that made. */
async function round({ its, ids, tick, tell, meter }: Fleet): Promise<number> {
  const before = its.calls
  for (const id of ids) {
    const { pulse, now, nudges } = await reading(it, id)
    if (pulse.wakeAt <= now || nudges > 0) await tick(id)
  }
  tell()
  // What the meter tells is on its way to Redis when its turn is over.
  await it.journal.clock()
  await meter.loop.stop()
  return its.calls - before
}

describe('a zone that is down', () => {
  test('is left alone by the whole fleet but one, and comes back for all when that one is answered', async () => {
    const fleet = await aFleet()
    for (const id of fleet.ids) await fleet.tick(id)
    await it.freeze(60_000)
    fleet.its.isDown = true
    expect(await round(fleet)).toBe(FLEET)
    expect(fleet.its.opened).toEqual([NAME])

    // They come once more, and stand under it without a call.
    await it.freeze(150_000)
    expect(await round(fleet)).toBe(0)
    expect(await it.journal.holds.standing(NAME)).toBe(FLEET)
    for (const id of fleet.ids) expect((await reading(it, id)).pulse.why?.code).toBe('hold-circuit')

    // One is picked that tries, in vain.
    expect(await it.journal.holds.probe(0.3)).toBe(1)
    expect(await round(fleet)).toBe(1)
    const [hold] = await it.journal.holds.list()
    expect([hold?.name, hold?.pauseMs]).toEqual([NAME, 20_000])

    // The provider is back; the next one that tries is answered, and everybody goes on.
    fleet.its.isDown = false
    await it.freeze(15_000)
    expect(await it.journal.holds.probe(0.7)).toBe(1)
    const calls = await round(fleet)
    expect(await it.journal.holds.list()).toEqual([])
    // Who comes after it in the same round is awake already.
    expect(calls + (await round(fleet))).toBe(FLEET)
    for (const id of fleet.ids) {
      const { record, pulse } = await reading(it, id)
      expect([record.state, record.attempt, pulse.why?.code]).toEqual(['running', 1, 'importing'])
      expect((await history(it, record)).filter((name) => name === 'attempt-failed')).toEqual([])
    }
  })
})
