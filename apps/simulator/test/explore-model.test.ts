import { type Looks, observe, type SnapshotLooks } from '@snapferry/migration'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { movesOf } from '../explore/moves/moves.ts'
import type { Setting } from '../explore/moves/setting.ts'
import { Table } from '../explore/search/table.ts'
import type { Cloud } from '../explore/world/cloud.ts'
import { keyOf } from '../explore/world/key.ts'
import { FULL_BUDGET, isWithin, MISHAPS, type Spent, spend, totalOf } from '../explore/world/mishaps.ts'
import { RULES } from '../explore/world/rules.ts'
import { BUCKET, PROJECT, REGION, SCENES, type Scene, sceneOf } from '../explore/world/scene.ts'
import { find, findVolume, head, judged, listed, see, taggedBy } from '../explore/world/see.ts'
import { beginningOf, type World } from '../explore/world/world.ts'

/** The model cloud behind the ports that a worker looks through. */
function portsOf(cloud: Cloud, scene: Scene): Looks {
  const answer = <T>(value: T) => Promise.resolve({ ok: true, value } as const)
  const snapshots = (backend: 'instance' | 'block'): SnapshotLooks => ({
    backend,
    find: (at) => answer(find(cloud, scene, backend, at)),
    findVolume: (at) => answer(findVolume(scene, backend, at)),
    tagged: (by) => answer(taggedBy(cloud, scene, { backend, ...by })),
  })
  const bucket = { bucket: BUCKET, region: REGION, project: PROJECT, versioned: false, locked: false }
  return {
    instance: snapshots('instance'),
    block: snapshots('block'),
    images: {
      bucket: () => answer(bucket),
      list: ({ prefix }) => answer(listed(cloud, prefix)),
      head: ({ key }) => answer(head(cloud, scene, key)),
      read: () => Promise.reject(new Error('nobody reads bytes here')),
    },
    judge: {
      images: ({ prefix }) => answer(listed(cloud, prefix)),
      judge: ({ key }) => answer(judged(cloud, scene, key)),
    },
  }
}

/** A walk through one scene: which of the moves is taken at each moment, as numbers from 0 up; three of four are calm. */
const walks = fc.record({
  scene: fc.constantFrom(...SCENES).map(({ backend, source }) => sceneOf(backend, source)),
  picks: fc.array(fc.integer({ min: 0, max: 10_000 }), { minLength: 60, maxLength: 160, size: 'max' }),
})

function* walk({ scene, picks }: { scene: Scene; picks: readonly number[] }): Generator<World> {
  const setting: Setting = { scene, rules: RULES, budget: FULL_BUDGET }
  let world = beginningOf(scene)
  for (const pick of picks) {
    const moves = movesOf(world, setting)
    const open = pick % 4 === 0 ? moves : moves.filter(({ isCalm }) => isCalm)
    const next = open[Math.floor(pick / 4) % Math.max(1, open.length)]
    if (next === undefined || next.breach !== null) return
    world = next.world
    yield world
  }
}

test('the explorer sees what a worker would see through its ports', async () => {
  let looks = 0
  await fc.assert(
    fc.asyncProperty(walks, async (one) => {
      for (const { cloud, flights } of walk(one))
        for (const { tick } of flights) {
          if (tick.wants !== 'look') continue
          looks++
          expect(see(tick.question, cloud, one.scene)).toEqual(
            await observe(tick.question, portsOf(cloud, one.scene)),
          )
        }
    }),
    { numRuns: 400, seed: 3 },
  )
  expect(looks).toBeGreaterThan(1_000)
})

interface Met {
  readonly visited: number
  readonly met: number
  readonly different: number
}

/** Visits every state with up to `most` mishaps, and compares what can follow whenever a state is met a second time. */
function visit(setting: Setting, most: number): Met {
  const told = (world: World): string => `${keyOf(world)} ${world.spent}`
  const following = (world: World): string =>
    movesOf(world, setting)
      .map(({ world: after, what, isCalm, breach }) =>
        [what.replace(/\d+/g, '#'), isCalm, breach?.replace(/\d+/g, '#'), told(after)].join(),
      )
      .sort()
      .join('\n')
  const first = beginningOf(setting.scene)
  const known = new Map([[told(first), first]])
  const todo = [first]
  let met = 0
  let different = 0
  for (let world = todo.pop(); world !== undefined; world = todo.pop())
    for (const { world: after, breach } of movesOf(world, setting)) {
      if (breach !== null || totalOf(after.spent) > most) continue
      const twin = known.get(told(after))
      if (twin === undefined) {
        known.set(told(after), after)
        todo.push(after)
        continue
      }
      met++
      if (met % 7 === 0 && following(twin) !== following(after)) different++
    }
  return { visited: known.size, met, different }
}

test('of two moments with the same key the same can follow', () => {
  for (const { backend, source } of [SCENES[2]!, SCENES[3]!]) {
    const { visited, met, different } = visit(
      { scene: sceneOf(backend, source), rules: RULES, budget: FULL_BUDGET },
      1,
    )
    expect(visited).toBeGreaterThan(1_000)
    expect(met).toBeGreaterThan(1_000)
    expect(different).toBe(0)
  }
})

test('a table holds a state once, unless it was met with less spent in another way', () => {
  const table = new Table()
  const crash = spend(0, 'crash', FULL_BUDGET)!
  const cancel = spend(0, 'cancel', FULL_BUDGET)!
  expect(table.add('here', crash)).toBe(-1)
  expect(table.add('here', crash)).toBe(0)
  expect(table.add('here', cancel)).toBe(-1)
  expect(table.add('here', crash + cancel)).toBe(1)
  expect(table.add('there', crash + cancel)).toBe(-1)
  expect([table.size, table.shapes]).toEqual([3, 2])
})

test('a table tells a hundred thousand states apart and knows each again', () => {
  const table = new Table()
  for (let at = 0; at < 100_000; at++) expect(table.add(`r${at}c${at % 7}`, 0)).toBe(-1)
  for (let at = 0; at < 100_000; at += 37) expect(table.add(`r${at}c${at % 7}`, 0)).toBe(at)
})

const budgets = fc.tuple(...MISHAPS.map(() => fc.integer({ min: 0, max: 3 })))

function spentOf(counts: readonly number[]): Spent {
  const free = Object.fromEntries(MISHAPS.map((mishap) => [mishap, 3])) as never
  return counts.reduce<Spent>((spent, times, at) => {
    let more = spent
    for (let time = 0; time < times; time++) more = spend(more, MISHAPS[at]!, free)!
    return more
  }, 0)
}

test('what was spent is counted and compared mishap by mishap', () => {
  fc.assert(
    fc.property(budgets, budgets, (one, other) => {
      expect(totalOf(spentOf(one))).toBe(one.reduce((sum, times) => sum + times, 0))
      expect(isWithin(spentOf(one), spentOf(other))).toBe(one.every((times, at) => times <= other[at]!))
    }),
  )
})

test('a budget that is spent gives no more', () => {
  const once = spend(0, 'freeze', FULL_BUDGET)!
  expect(spend(once, 'freeze', FULL_BUDGET)).toBeNull()
  expect(spend(once, 'crash', FULL_BUDGET)).not.toBeNull()
})
