import type { Sleep } from '@snapferry/migration'
import type { Run } from '../fleet/run.ts'
import { short } from '../story/story.ts'
import type { World } from '../world.ts'

/** Runs of one job that may follow each other at once without an append: each of them lost a race. */
const IDLE_MAX = 12
const TICKS_MAX = 4_000

/** A migration sleeps between its runs, and does not go round in circles. */
export function checkEnd({ story, witness }: World, run: Run, sleep: Sleep): void {
  const note = witness.note(run.id)
  note.idle = sleep === 0 && run.closings === 0 ? note.idle + 1 : 0
  if (note.idle === IDLE_MAX) story.fail(`${short(run.id)}: ${note.idle} runs in a row without a sleep`)
  if (note.ticks === TICKS_MAX) story.fail(`${short(run.id)}: ${note.ticks} runs`)
}
