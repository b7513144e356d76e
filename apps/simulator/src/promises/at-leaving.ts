import { SEND_GUARD_MS } from '@snapferry/migration'
import type { Run } from '../fleet/run.ts'
import { short } from '../story/story.ts'
import type { World } from '../world.ts'

/** A write at the moment it leaves: what it is, and the tag, key or id it names. */
export interface Leaving {
  readonly call: string
  readonly mark: string
  readonly isCreate: boolean
}

/** A fresh announcement took effect less than one guard before its answer was heard; then the guard itself begins. */
const AGE_MAX_MS = 2 * SEND_GUARD_MS

/** No write leaves without its intent in the journal, twice for one intent, or long after it. */
export function checkLeaving({ story, memory, time, witness }: World, run: Run, write: Leaving): void {
  const who = `${run.machine.name} ${short(run.id)}: ${write.call} of ${write.mark}`
  if (write.isCreate) {
    const { announced } = run
    if (announced?.intent.mark !== write.mark) {
      story.fail(`${who} was not announced`)
      return
    }
    if (announced.isSent) story.fail(`${who} left twice for one announcement`)
    announced.isSent = true
    const ageMs = time.now - announced.at
    if (ageMs > AGE_MAX_MS) story.fail(`${who} left ${ageMs} ms after its announcement`)
    return
  }
  // What Redis has forgotten was announced all the same.
  if (write.call === 'UpdateSnapshot' || witness.note(run.id).losses.length > 0) return
  const item = memory.rows.get(run.id)?.record.ledger.find(({ thing }) => thing.id === write.mark)
  if (item === undefined || item.state === 'made') story.fail(`${who} was not announced`)
}
