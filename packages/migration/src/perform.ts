import type { Act, ActAnswer } from './decision.ts'
import type { Item } from './ledger.ts'
import type { Answer, Owner, Removal, Writes } from './ports.ts'
import { assertNever } from './result.ts'

/**
 * Makes the one write of a tick. Things are removed one after the other, newest first; each of them opens writes of
 * its own, for the adapter reads a thing again before it deletes it and the send guard begins with that read.
 */
export async function perform(act: Act, open: () => Writes): Promise<ActAnswer> {
  if (act.act === 'remove') return { to: 'remove', results: await removeAll(act.items, act.owner, open) }
  const writes = open()
  switch (act.act) {
    case 'take-snapshot':
      return { to: 'create', result: await writes[act.backend].takeSnapshot(act.order) }
    case 'start-export':
      return { to: 'create', result: await writes[act.backend].startExport(act.order) }
    case 'start-import':
      return { to: 'create', result: await writes[act.backend].startImport(act.order) }
    case 'retag':
      return { to: 'retag', result: await writes[act.backend].retag(act.order) }
    default:
      return assertNever(act)
  }
}

async function removeAll(
  items: readonly Item[],
  owner: Owner,
  open: () => Writes,
): Promise<Extract<ActAnswer, { to: 'remove' }>['results']> {
  const results: { id: string; result: Awaited<Answer<Removal>> }[] = []
  for (const item of items.toReversed()) {
    const writes = open()
    const port = item.thing.what === 'image' ? writes.images : writes[item.thing.backend]
    results.push({ id: item.thing.id, result: await port.removeOurs(item, owner) })
  }
  return results
}
