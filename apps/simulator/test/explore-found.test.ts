import { expect, test } from 'vitest'
import { exploreScene } from '../explore/explore-scene.ts'
import { type Budget, FULL_BUDGET, MISHAPS } from '../explore/world/mishaps.ts'
import { RULES } from '../explore/world/rules.ts'
import { SCENES, type SourceKind, sceneOf } from '../explore/world/scene.ts'

const NOTHING = Object.fromEntries(MISHAPS.map((mishap) => [mishap, 0])) as unknown as Budget

/** Every story in which these mishaps, and no others, happen as often as they like within their budget. */
function stories(source: SourceKind, backend: 'instance' | 'block', may: Partial<Budget>) {
  const setting = { scene: sceneOf(backend, source), rules: RULES, budget: { ...NOTHING, ...may } }
  const bound = { mishapsMax: 20, depthMax: 100_000, statesMax: 2_000_000, lastsMs: 60_000 }
  const { isWhole, breaches, traps } = exploreScene(setting, bound, () => performance.now())
  return { isWhole, breaches: breaches.map(({ breach }) => breach), traps }
}

const GOOD = { isWhole: true, breaches: [], traps: 0 }

test('an image that was left because its export is stuck is not removed while the export goes on', () => {
  expect(stories('snapshot', 'block', { stuck: 1 })).toEqual(GOOD)
})

test('a key that a late export still writes is not taken for removed before the export has ended', () => {
  expect(stories('snapshot', 'instance', { lost: 1, late: 1 })).toEqual(GOOD)
})

test('an undoing that takes longer than its limit still looks for what a lost request made', () => {
  expect(stories('image', 'block', { lost: 1, late: 1, stuck: 1 })).toEqual(GOOD)
})

test('an undoing that takes longer than its limit leaves no request open', () => {
  expect(stories('snapshot', 'block', { lost: 1, stuck: 1, cancel: 1 })).toEqual(GOOD)
})

test('what is disowned after an ending is looked at by the chore for as long as the provider works on it, and then removed', () => {
  expect(stories('image', 'block', { freeze: 1, bad: 1, stuck: 1 })).toEqual(GOOD)
})

test.each(SCENES)(
  '$backend/$source: with the workers alive, every answer lost once, every delete refused once, every end of work bad once',
  ({ backend, source }) => {
    const may = { ...FULL_BUDGET, crash: 0, freeze: 0, late: 0, stuck: 0, lost: 1 }
    expect(stories(source, backend, may)).toEqual(GOOD)
  },
)
