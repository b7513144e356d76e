import { type Bundle, bundleOf, type MigrationId } from '@snapferry/migration'
import { sample } from '../../src/index.ts'

const PROGRAM = { madeAt: 0, program: { version: 'test', revision: 'test' } }

/** Every history of a simulated world, with its names and under pseudonyms, as a file holds it. */
export async function historiesOf(
  seed: number,
): Promise<readonly { id: MigrationId; open: Bundle; redacted: Bundle }[]> {
  const world = sample(seed)
  await world.run()
  return [...world.memory.rows.values()].map(({ record, pulse, events, count }) => {
    const story = { record, pulse, events: events.slice(0, count) }
    const open: Bundle = { format: 1, ...PROGRAM, ...story }
    return { id: record.id, open: filed(open), redacted: filed(bundleOf(story, PROGRAM)) }
  })
}

function filed(bundle: Bundle): Bundle {
  return JSON.parse(JSON.stringify(bundle)) as Bundle
}
