import { describe, expect, test } from 'vitest'
import {
  type Asked,
  CALM,
  type Call,
  type Fate,
  GOOD,
  type Mishap,
  planFor,
  settleForeigners,
  type Weather,
  World,
  writeFault,
} from '../src/index.ts'

/** One migration in scripted weather, to its end. */
async function sail(weather: Weather, asked: Asked = {}) {
  const world = new World({ seed: 7, weather, workers: 2, isTold: true })
  settleForeigners(world)
  const id = world.create(planFor(world, asked))!
  await world.run()
  expect(world.story.broken, world.story.lines.join('\n')).toEqual([])
  const reading = await world.journal.read(id)
  return { world, id, record: reading!.record, incidents: world.story.incidents }
}

/** The first call that fits meets this mishap. */
function once(fits: (call: Call) => boolean, mishap: Mishap): Weather {
  let isOver = false
  return {
    ...CALM,
    onCall: (call) => {
      if (isOver || !fits(call)) return null
      isOver = true
      return mishap
    },
  }
}

const isWrite = (name: string) => (call: Call) => call.step === 'write' && call.call === name

test('an import whose answer is lost is found by its tag and not made again', async () => {
  const { world, id, record, incidents } = await sail(
    once(isWrite('ImportSnapshot'), writeFault('timeout and done')),
  )
  expect(record.state).toBe('succeeded')
  expect(world.cloud.creates.get(id)).toBe(1)
  expect(incidents.filter(({ fault }) => fault === 'timeout and done')).toMatchObject([
    { phase: 'import', point: 'write', mattered: true },
  ])
})

describe('a worker that is killed around a call', () => {
  test.each([
    { at: 'before write', step: 'write', kill: 'before', creates: 1 },
    { at: 'after write', step: 'write', kill: 'after', creates: 1 },
    { at: 'after close', step: 'close', kill: 'after', creates: 1 },
  ] as const)('$at is followed by another one, and one copy is made', async ({ step, kill, creates, at }) => {
    const fits = (call: Call): boolean => call.step === step && call.phase === 'import'
    const { world, id, record, incidents } = await sail(once(fits, { fault: 'worker killed', kill }))
    expect(record.state).toBe('succeeded')
    expect(world.cloud.creates.get(id)).toBe(creates)
    expect(incidents).toContainEqual(
      expect.objectContaining({ fault: 'worker killed', phase: 'import', point: at, mattered: true }),
    )
  })
})

test('a short freeze that nobody notices does not matter', async () => {
  const fits = (call: Call): boolean => call.step === 'look' && call.phase === 'export'
  const freeze = { when: 'after', forMs: 1_000 } as const
  const { incidents } = await sail(once(fits, { fault: 'worker frozen', freeze }))
  expect(incidents).toMatchObject([{ fault: 'worker frozen', mattered: false }])
})

test('a freeze in which another worker takes the job over matters', async () => {
  const fits = (call: Call): boolean => call.step === 'look' && call.phase === 'export'
  const freeze = { when: 'after', forMs: 60_000 } as const
  const { record, incidents } = await sail(once(fits, { fault: 'worker frozen', freeze }))
  expect(record.state).toBe('succeeded')
  expect(incidents[0]).toMatchObject({ fault: 'worker frozen', point: 'after look', mattered: true })
})

test('an export that was cut short is caught by its tables, before anything is imported', async () => {
  const bad: Fate = { ...GOOD, ending: 'truncated', faults: ['export: truncated'] }
  const onWork: Weather['onWork'] = ({ what }) => (what === 'export' ? bad : GOOD)
  const { world, id, record, incidents } = await sail({ ...CALM, onWork })
  expect(record).toMatchObject({ state: 'failed', failure: { kind: 'export-bad-image' } })
  expect(world.cloud.creates.get(id) ?? 0).toBe(0)
  const once = { fault: 'export: truncated', phase: 'export', mattered: true }
  expect(incidents, 'it is made again, twice').toMatchObject([once, once, once])
})

test.each(['nothing', 'empty', 'damaged', 'truncated'] as const)(
  'an export that ends with %s is noticed and made again',
  async (ending) => {
    const bad: Fate = { ...GOOD, ending, faults: [`export: ${ending}`] }
    const onWork: Weather['onWork'] = ({ what, attempt }) => (what === 'export' && attempt === 1 ? bad : GOOD)
    const { record, incidents } = await sail({ ...CALM, onWork })
    expect(record.state).toBe('succeeded')
    expect(incidents).toMatchObject([{ fault: `export: ${ending}`, phase: 'export', mattered: true }])
  },
)

test('a Redis that is put back to a minute ago makes no second copy', async () => {
  const world = new World({ seed: 7, weather: CALM, workers: 2, isStrict: true, isTold: true })
  const id = world.create(planFor(world))!
  world.after(52_000, () => world.failOver(40_000, 'Redis is rewound'))
  await world.run()
  expect(world.story.broken, world.story.lines.join('\n')).toEqual([])
  expect((await world.journal.read(id))?.record.state).toBe('succeeded')
  const copies = [...world.cloud.rows.values()].filter(({ by, goneAt }) => by === id && goneAt === null)
  expect(copies).toHaveLength(1)
})

test('what is broken is said: a copy that an import spoiled without a word', async () => {
  const world = new World({ seed: 7, weather: CALM, workers: 2 })
  world.create(planFor(world))
  world.onEvent((event) => {
    if (event.type !== 'settled') return
    for (const row of world.cloud.rows.values()) if (row.image !== null) row.content = 'rubbish'
  })
  await world.run()
  expect(world.story.broken.join()).toContain('the copy holds rubbish instead of disk of snapshot-block-1')
})
