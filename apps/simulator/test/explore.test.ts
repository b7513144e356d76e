import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { bad, good, type Tick } from '@snapferry/migration'
import { describe, expect, test } from 'vitest'
import { exploreAll } from '../explore/crew.ts'
import { type Explored, exploreScene } from '../explore/explore-scene.ts'
import { optionsOf, USAGE } from '../explore/options.ts'
import { heading, isGood, rowText, storiesOf, sumText } from '../explore/report.ts'
import { Graph } from '../explore/search/graph.ts'
import type { Bound } from '../explore/search/search.ts'
import { EMPTY_CLOUD } from '../explore/world/cloud.ts'
import { FULL_BUDGET } from '../explore/world/mishaps.ts'
import { RULES, type Rules } from '../explore/world/rules.ts'
import { FOREIGN_ROW, SCENES, type SourceKind, sceneOf, TO } from '../explore/world/scene.ts'
import { find } from '../explore/world/see.ts'

const BOUND: Bound = { mishapsMax: 1, depthMax: 10_000, statesMax: 1_000_000, lastsMs: 60_000 }

function explore(
  rules: Partial<Rules> = {},
  bound: Partial<Bound> = {},
  source: SourceKind = 'image',
  backend: 'instance' | 'block' = 'block',
): Explored {
  const setting = { scene: sceneOf(backend, source), rules: { ...RULES, ...rules }, budget: FULL_BUDGET }
  return exploreScene(setting, { ...BOUND, ...bound }, () => performance.now())
}

describe('the rules as they are', () => {
  test.each(SCENES)(
    '$backend/$source: whatever happens once, no promise is broken and there is always a way to an ending',
    ({ backend, source }) => {
      const { breaches, traps, mishaps, states } = explore({}, {}, source, backend)
      expect({ breaches, traps }).toEqual({ breaches: [], traps: 0 })
      expect(mishaps).toBe(1)
      expect(states).toBeGreaterThan(3_000)
    },
  )

  test('two searches of the same bound find the same numbers', () => {
    const { tookMs: _, ...one } = explore()
    const { tookMs: __, ...other } = explore()
    expect(one).toEqual(other)
  })

  test('a story without mishaps is followed to its end, and the states at the bound are counted', () => {
    const { mishaps, open, isWhole } = explore({}, { mishapsMax: 0 })
    expect(mishaps).toBe(0)
    expect(isWhole).toBe(false)
    expect(open).toBeGreaterThan(0)
  })

  test('without any mishap the beginning of a story is one line: accepted, read, looked, admitted', () => {
    const setting = {
      scene: sceneOf('block', 'snapshot'),
      rules: RULES,
      budget: { crash: 0, freeze: 0, lost: 0, refused: 0, cancel: 0, late: 0, bad: 0, stuck: 0, retry: 0 },
    }
    const { states, transitions, open, unjudged } = exploreScene(setting, { ...BOUND, depthMax: 3 }, () => 0)
    expect({ states, transitions, open, unjudged }).toEqual({
      states: 4,
      transitions: 3,
      open: 1,
      unjudged: 4,
    })
  })

  test('without any mishap every story is followed to its end', () => {
    const budget = {
      crash: 0,
      freeze: 0,
      lost: 0,
      refused: 0,
      cancel: 0,
      late: 0,
      bad: 0,
      stuck: 0,
      retry: 0,
    }
    const setting = { scene: sceneOf('instance', 'volume'), rules: RULES, budget }
    const { isWhole, open, unjudged, traps } = exploreScene(setting, BOUND, () => 0)
    expect({ isWhole, open, unjudged, traps }).toEqual({ isWhole: true, open: 0, unjudged: 0, traps: 0 })
  })
})

/** A tick that announces its write and forgets to append the announcement. */
function unannounced(tick: Tick, monotonicMs: number): Tick {
  if (tick.wants !== 'append' || tick.next.to !== 'write' || tick.next.act.act !== 'remove') return tick
  const { v } = tick.change.before.pulse
  const here = { monotonicMs, policy: sceneOf('block', 'image').policy }
  return RULES.afterAppend(tick, { outcome: 'appended', v, now: monotonicMs, wakeAt: monotonicMs }, here)
}

describe('a rule that is broken is found out', () => {
  const BROKEN: readonly [string, RegExp, Partial<Rules>, Partial<Bound>][] = [
    [
      'an append that was overtaken is taken for appended',
      /the journal does not hold its intent|was not disowned/,
      {
        afterAppend: (tick, appended, at) => {
          const { monotonicMs: now } = at
          const v = tick.change.before.pulse.v + 1
          const taken = { outcome: 'appended', v, now, wakeAt: now } as const
          return RULES.afterAppend(tick, appended.outcome === 'overtaken' ? taken : appended, at)
        },
      },
      { mishapsMax: 2 },
    ],
    [
      'a write leaves however old its announcement is',
      /the journal does not hold its intent/,
      { mayLeave: () => true },
      { mishapsMax: 1 },
    ],
    [
      'nothing is ever looked up by its tag',
      /is not listed/,
      {
        afterLook: (tick, seen, at) => {
          if (seen === null) return RULES.afterLook(tick, seen, at)
          const { tagged, row, late } = seen
          const blind = {
            ...seen,
            ...(tagged === undefined ? {} : { tagged: good([]) }),
            ...(late === undefined ? {} : { late: good([]) }),
            ...(row?.ok === true ? { row: good({ ...row.value, siblings: [] }) } : {}),
          }
          return RULES.afterLook(tick, blind, at)
        },
      },
      { mishapsMax: 1 },
    ],
    [
      'a thing is removed without being disowned first',
      /was not disowned before/,
      { afterLook: (tick, seen, at) => unannounced(RULES.afterLook(tick, seen, at), at.monotonicMs) },
      { mishapsMax: 1 },
    ],
    [
      'what has our name is taken for ours',
      /foreign-1 is not ours/,
      {
        afterLook: (tick, seen, at) => {
          const theirs = find(EMPTY_CLOUD, sceneOf('block', 'image'), 'block', { zone: TO, id: FOREIGN_ROW })
          if (seen?.tagged?.ok !== true || theirs === null) return RULES.afterLook(tick, seen, at)
          return RULES.afterLook(tick, { ...seen, tagged: good([...seen.tagged.value, theirs]) }, at)
        },
      },
      { mishapsMax: 1 },
    ],
    [
      'an unfinished copy is taken for a good one',
      /was proven and is not good|there/,
      {
        afterLook: (tick, seen, at) => {
          if (seen?.row?.ok !== true || seen.row.value.row === null) return RULES.afterLook(tick, seen, at)
          const row = { ...seen.row.value.row, state: { kind: 'available', word: 'creating' } as const }
          return RULES.afterLook(tick, { ...seen, row: good({ ...seen.row.value, row }) }, at)
        },
      },
      { mishapsMax: 0 },
    ],
    [
      'a lost answer is taken for a refusal',
      /is not listed/,
      {
        afterWrite: (tick, answer, at) => {
          if (answer.to !== 'create' || answer.result.ok) return RULES.afterWrite(tick, answer, at)
          const result = bad({ ...answer.result.failure, kind: 'busy', nothing: true } as const)
          return RULES.afterWrite(tick, { to: 'create', result }, at)
        },
      },
      { mishapsMax: 2 },
    ],
  ]

  test.each(BROKEN)('%s', (_, breach, rules, bound) => {
    const explored = explore(rules, bound)
    const found = explored.breaches.find((one) => breach.test(one.breach))
    expect(found?.breach).toMatch(breach)
    expect(found?.story.at(-2)).toBe(`BROKEN: ${found?.breach}.`)
    expect(found?.story[0]).toBe('     0 s  worker A takes it up and reads')
    expect(isGood([explored])).toBe(false)
    expect(storiesOf(explored).join('\n')).toContain('The shortest way there:')
  })

  test('a rule that never lets an undoing go on is a trap, told with the way into it', () => {
    const explored = explore({
      afterRead: (tick, reading, at, dice) =>
        reading?.record.state === 'unwinding' && reading.record.ledger.length > 0
          ? { wants: 'nothing', sleep: 1_000 }
          : RULES.afterRead(tick, reading, at, dice),
    })
    expect(explored.traps).toBeGreaterThan(0)
    expect(explored.trapStory.at(-1)).toMatch(/^It stands so: unwinding/)
    expect(isGood([explored])).toBe(false)
  })
})

test('a state from which only a circle is reached is a trap, one that leads only to the bound is not judged', () => {
  const graph = new Graph()
  for (const parent of [-1, 0, 1, 0, 3, 0]) graph.met(parent, 0)
  for (const [from, to] of [
    [0, 1],
    [1, 2],
    [2, 1],
    [0, 3],
    [3, 4],
    [0, 5],
  ] as const)
    graph.calm(from, to)
  graph.over.push(4)
  graph.open.push(5)
  expect(graph.judge()).toEqual({ traps: [1, 2], unjudged: 1 })
})

describe('the command line', () => {
  test('what it is asked for is what it does', () => {
    const options = optionsOf(['--only', 'block/volume', '--crashes', '1', '--mishaps', '3', '--crowded'], 2)
    expect(options).toMatchObject({
      scenes: [{ backend: 'block', source: 'volume' }],
      budget: { ...FULL_BUDGET, crash: 1 },
      bound: { mishapsMax: 3 },
      isCrowded: true,
      jobs: 2,
    })
  })

  test('the full run has every mishap of its budget and no end of time', () => {
    const options = optionsOf(['--full'], 2)
    expect(options).toMatchObject({
      budget: FULL_BUDGET,
      bound: { mishapsMax: 11, lastsMs: Number.POSITIVE_INFINITY },
    })
  })

  test.each([
    [['--crashes', '4'], '--crashes takes a whole number from 0 to 3, not "4"'],
    [['--only', 'moon'], '--only takes one of instance/snapshot'],
    [['--budget', 'soon'], '--budget takes a number above 0, not "soon"'],
    [['--fast'], "Unknown option '--fast'"],
  ])('%s is refused in words', (args, words) => {
    const refused = optionsOf(args, 2)
    expect(refused).toContain(words)
    expect(refused).toContain(USAGE)
  })
})

describe('the program', () => {
  const bin = fileURLToPath(new URL('../explore/bin.ts', import.meta.url))
  const run = (...args: readonly string[]) =>
    spawnSync(process.execPath, [bin, ...args], { encoding: 'utf8' })

  test('prints the numbers and the bound, and ends well when nothing is broken', () => {
    const { status, stdout } = run('--only', 'block/image', '--mishaps', '0')
    expect(stdout).toMatch(/block +image .* 0 mishaps/)
    expect(stdout).toContain('Traps: 0. Promises broken: 0.')
    expect(status).toBe(0)
  })

  test('gives its numbers as JSON', () => {
    const { tookMs, scenes } = JSON.parse(run('--only', 'block/image', '--mishaps', '0', '--json').stdout)
    expect(tookMs).toBeGreaterThan(0)
    expect(scenes).toMatchObject([{ backend: 'block', source: 'image', mishaps: 0, traps: 0, breaches: [] }])
  })

  test('ends badly when it is asked for what it does not know', () => {
    expect(run('--fast')).toMatchObject({ status: 2 })
    expect(run('--help')).toMatchObject({ status: 0, stdout: `${USAGE}\n` })
  })
})

test('threads side by side find what one search finds', async () => {
  const options = optionsOf(['--mishaps', '0', '--jobs', '2'], 1)
  if (typeof options === 'string') throw new Error(options)
  const all = await exploreAll(
    options,
    () => performance.now(),
    () => {},
  )
  const found = all.find(({ backend, source }) => backend === 'block' && source === 'image')
  expect(all.map(({ backend, source }) => `${backend}/${source}`).toSorted()).toEqual(
    SCENES.map(({ backend, source }) => `${backend}/${source}`).toSorted(),
  )
  expect({ ...found, tookMs: 0 }).toEqual({ ...explore({}, { mishapsMax: 0 }), tookMs: 0 })
})

test('both workers may tick at any time, and no promise is broken by it', () => {
  const setting = { scene: sceneOf('block', 'image', true), rules: RULES, budget: FULL_BUDGET }
  const crowded = exploreScene(setting, { ...BOUND, mishapsMax: 0 }, () => 0)
  expect({ breaches: crowded.breaches, traps: crowded.traps }).toEqual({ breaches: [], traps: 0 })
  expect(crowded.states).toBeGreaterThan(3_000)
})

test('the report tells the numbers of each scene, the bound and the sum', () => {
  const one = explore({}, { mishapsMax: 0 })
  expect(heading()).toContain('whole to')
  expect(rowText(one)).toMatch(/^block +image +\d+/)
  expect(sumText([one], 1_500)).toContain('Bound: every story with up to 0 mishaps was followed to its end.')
  expect(sumText([one], 1_500)).toContain('in 1.5 s')
  const { states, open } = one
  expect(sumText([{ ...one, states: 50, open: 20 }], 0)).toContain(
    'Expanded: 30 states. At the bound, not expanded: 20.',
  )
  expect(states).toBeGreaterThan(open)
})
