import type { Change, Event, Migration, MigrationId, Result, SnapshotSeen } from '@snapferry/migration'
import type { Looked, Run } from '../fleet/run.ts'
import { short } from '../story/story.ts'
import type { World } from '../world.ts'

type Of<Type extends Event['type']> = Extract<Event, { type: Type }>

/** What is recorded as a fact is one: of what is done, of what was found, and of what was not. */
export function checkFacts(world: World, { before, events }: Change, run: Run): void {
  for (const event of events) {
    const wrong =
      event.type === 'phase-completed'
        ? unproven(world, before.record.id, event)
        : event.type === 'settled'
          ? unlooked(world, before.record, event, run)
          : null
    if (wrong !== null) world.story.fail(`${short(before.record.id)}: ${wrong}`)
  }
}

/** A phase is completed when its thing is, whatever it was shown as. What is gone by now may have been good. */
function unproven(
  { cloud, witness }: World,
  id: MigrationId,
  { phase, facts }: Of<'phase-completed'>,
): string | null {
  if (phase === 'export' && facts.image !== undefined) {
    const stored = cloud.objects.get(facts.image.key)
    // Another object by now: what was looked at may have been good.
    if (stored?.etag !== facts.image.etag || witness.note(id).meddled.has('image')) return null
    const isWritten = stored.bytes > 0 && stored.header === 'good'
    return isWritten ? null : `${stored.key} of ${stored.bytes} bytes is taken for an image`
  }
  const made =
    phase === 'import' || phase === 'verify' ? facts.copy : phase === 'snapshot' ? facts.snapshot : undefined
  const row = made === undefined ? undefined : cloud.rows.get(made)
  if (row === undefined || row.goneAt !== null) return null
  if (row.workUntil > cloud.now) return `${row.id} is taken for ready, and the provider works on it`
  return row.ending === 'good' || row.ending === 'small' || row.ending === 'vanished'
    ? null
    : `${row.id} is taken for good, and is ${row.ending}`
}

/** A create whose answer was lost is found, the older of two first, or was looked for and not shown. */
function unlooked({ cloud }: World, m: Migration, event: Of<'settled'>, run: Run): string | null {
  const { intent } = m
  if (intent === null || intent.id !== event.intent || intent.phase === 'export') return null
  const isNothing = event.outcome === 'nothing' && event.because === 'nothing-found'
  const isAdopted = event.outcome === 'made' && event.adopted
  if (!isNothing && !isAdopted) return null
  const look = run.looks.find(({ key }) => key.startsWith('tagged ') && key.endsWith(` ${intent.mark}`))
  if (look === undefined) return `${intent.id} was settled without a look`
  const shown = shownBy(look).filter(({ id }) => m.ledger.every(({ thing }) => thing.id !== id))
  if (isNothing) return shown.length === 0 ? null : `${intent.id} made nothing, and ${shown[0]?.id} is shown`
  const adopted = cloud.rows.get(event.outcome === 'made' ? event.thing.id : '')
  const older = shown.find(({ createdAt }) => adopted !== undefined && createdAt < adopted.createdAt)
  return older === undefined ? null : `${adopted?.id} was adopted, and ${older.id} is older`
}

function shownBy({ given }: Looked): readonly SnapshotSeen[] {
  const answer = given as Result<readonly SnapshotSeen[], unknown>
  return answer.ok ? answer.value : []
}
