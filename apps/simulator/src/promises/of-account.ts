import { type Event, type Failure, isEnded, type Migration, type Role, workedKey } from '@snapferry/migration'
import { ACCOUNT_WORDS } from '../account/account.ts'
import { short } from '../story/story.ts'
import type { World } from '../world.ts'

/**
 * What is the account's fails nobody: no attempt is spent on it, and nothing is undone for it. Before such a call has ever
 * worked, or in a Redis that was rewound to that time, nobody can tell a bucket that was closed from one that never was open.
 */
export function checkBlame({ story, memory }: World, m: Migration, events: readonly Event[]): void {
  const hasWorked = (...roles: readonly Role[]): boolean =>
    roles.every((role) => memory.worked.has(workedKey(role, m)))
  const isKnown = ({ kind }: Failure): boolean => {
    if (kind === 'bucket-forbidden') return hasWorked('bucket', 'image', 'export')
    return kind === 'permission-denied' ? hasWorked('import', 'copy', 'taken-snapshot') : true
  }
  for (const event of events)
    if ('failure' in event && event.failure.words === ACCOUNT_WORDS && isKnown(event.failure))
      story.fail(`${short(m.id)}: ${event.type} for what is the account's (${event.failure.kind})`)
}

/** How long after the last fault of the account nobody may stand under a hold of ours any more. */
const OVER_MS = 15 * 60_000

/** Looks, some time after the account is in order again and in weather in which nothing else goes wrong, who is still held. */
export function watchCure(world: World): void {
  world.after(OVER_MS, () => {
    const { curedAt } = world.account
    if (curedAt === null || world.time.now - curedAt < OVER_MS) return
    for (const row of world.memory.rows.values())
      if (row.waits?.startsWith('hold:'))
        world.story.fail(
          `${short(row.record.id)} stands under ${row.waits} long after the account is in order`,
        )
  })
}

const JUDGED_THEN: ReadonlySet<string> = new Set(['bucket-forbidden', 'permission-denied'])

/** Where nothing but the account was ever wrong, everybody arrives, at the first attempt. */
export function checkArrivals({ memory, story, notes }: World): void {
  for (const { id } of notes.values()) {
    const m = memory.rows.get(id)?.record
    // What no call had shown before is judged when it happens, see `checkBlame`.
    if (m === undefined || JUDGED_THEN.has(m.lastFailure?.kind ?? '')) continue
    if (isEnded(m) && m.state !== 'succeeded')
      story.fail(`${short(id)} ${m.state} although the account is in order`)
    if (m.lastFailure !== null) story.fail(`${short(id)} spent an attempt: ${m.lastFailure.kind}`)
  }
}
