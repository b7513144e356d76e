import { isEnded } from '@snapferry/migration'
import { short } from '../story/story.ts'
import type { World } from '../world.ts'
import { checkArrivals } from './of-account.ts'
import { unlisted } from './unlisted.ts'

/** When a world stands still: everything has ended, is as it was promised, and nothing of others was touched. */
export function checkWorld(world: World): void {
  const { memory, story, notes, cloud } = world
  if (world.mustArrive) checkArrivals(world)
  for (const crime of cloud.crimes) story.fail(`something of others was touched: ${crime}`)
  for (const note of notes.values()) {
    const record = memory.rows.get(note.id)?.record
    if (record === undefined) continue
    if (!isEnded(record)) story.fail(`${short(note.id)} stands in ${record.state} for ever`)
    else for (const what of unlisted(world, note, record)) story.fail(`${short(note.id)} long after: ${what}`)
  }
}
