import { type Bundle, bundleOf, replay } from '@snapferry/migration'
import { CALM, GOOD, planFor, settleForeigners, type Weather, World } from '../src/index.ts'
import type { Story } from './stories/story.ts'

/** One seed for all: what differs between two stories is what is told, not luck. */
const SEED = 3
const PROGRAM = { version: 'a fixture', revision: 'a story' }

/** Lives a story with the code of today and answers its bundle; the same code gives the same bundle. */
export async function tellStory(story: Story): Promise<Bundle> {
  const world = new World({ seed: SEED, weather: CALM, workers: 2 })
  settleForeigners(world)
  story.before?.(world)
  const id = world.create(planFor(world, story.asked))
  if (id === null) throw new Error('the migration was refused')
  story.afterwards?.(world)
  world.weather = weatherOf(story, id)
  world.onEvent((event, m) => {
    if (m.id === id) story.onEvent?.(world, m, event.type)
  })
  await world.run()
  if (world.story.broken.length > 0) throw new Error(world.story.broken.join('\n'))
  const row = world.memory.rows.get(id)
  if (row === undefined) throw new Error('the migration was forgotten')
  const { record, pulse, events, count } = row
  const story_ = { record, pulse, events: events.slice(0, count) }
  return bundleOf(story_, { madeAt: world.time.now, program: PROGRAM })
}

function weatherOf({ onCall, onWork }: Story, id: string): Weather {
  return {
    onCall: (call) => (call.migration === id ? (onCall?.(call) ?? null) : null),
    onWork: (work) => ({ ...GOOD, ...(work.migration === id ? onWork?.(work) : {}) }),
  }
}

/** What a bundle does not tell although its story says so; none is good. */
export function missingIn(story: Story, bundle: Bundle): readonly string[] {
  const { steps } = replay(bundle)
  const decided = new Set(steps.map(({ because }) => because?.rule))
  const { state } = bundle.record
  const wrong = state === story.state ? [] : [`it ends ${state}, not ${story.state}`]
  return [
    ...wrong,
    ...story.rules.filter((rule) => !decided.has(rule)).map((rule) => `${rule} decides nothing in it`),
  ]
}

/** A bundle as text: one event a line, so that a changed decision is a changed line. */
export function bundleText({ events, ...head }: Bundle): string {
  const lines = Object.entries(head).map(
    ([name, value]) => `  ${JSON.stringify(name)}: ${JSON.stringify(value)}`,
  )
  const list = events.map((event) => `    ${JSON.stringify(event)}`).join(',\n')
  return `{\n${lines.join(',\n')},\n  "events": [\n${list}\n  ]\n}\n`
}
