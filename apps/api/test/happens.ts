import { type Appended, apply, type EventBody, type MigrationId } from '@snapferry/migration'
import type { World } from './harness.ts'

/** Lets one thing happen to a migration as the worker would; answers what the journal said. */
export async function happened(world: World, id: MigrationId, body: EventBody): Promise<Appended> {
  const before = (await world.needs.journal.read(id))!
  const event = { at: before.now, ...body }
  const { v: _, ...pulse } = before.pulse
  const after = apply(before.record, event)
  return await world.needs.journal.append({
    ...{ before, after, events: [event], pulse },
    ...{ closing: true, nudge: false },
  })
}

/** It enters the export phase with these memberships. */
export async function admitted(world: World, id: MigrationId, claims: readonly string[]): Promise<Appended> {
  const { record } = (await world.needs.journal.read(id))!
  return happened(world, id, { type: 'admitted', phase: 'export', plan: record.plan, facts: {}, claims })
}

/** It comes to a hold and stands under it. */
export async function stoodUnder(world: World, id: MigrationId, name: string): Promise<void> {
  const before = (await world.needs.journal.read(id))!
  const { v: _, ...pulse } = before.pulse
  const why = { code: 'hold-drain', text: 'It is held up.', since: before.now } as const
  const change = { before, after: before.record, events: [], pulse: { ...pulse, why } }
  const appended = await world.needs.journal.append({ ...change, closing: true, nudge: false, stand: name })
  if (appended.outcome !== 'appended') throw new Error(appended.outcome)
}

/** How often a migration was woken since it last looked. */
export async function nudgesOf(world: World, id: MigrationId): Promise<number> {
  return Number(await world.connection.zscore('{snapferry}:nudges', id))
}

/** The audit, oldest first. */
export async function auditOf(world: World): Promise<readonly Record<string, unknown>[]> {
  const members = await world.connection.zrange('{snapferry}:audit', '0', '-1')
  return members.map((member) => JSON.parse(member.slice(member.indexOf(':', 16) + 1)))
}
