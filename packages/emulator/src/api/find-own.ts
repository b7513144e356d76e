import { type Call, principalOf } from '../http/call.ts'
import type { Snapshot } from '../snapshot.ts'
import type { Volume } from '../volume.ts'
import type { World } from '../world.ts'
import { requireOwn } from './authenticate.ts'
import { isUuid } from './fields.ts'
import { type Dialect, invalidArguments, notFound } from './refusals.ts'

const RESOURCE = {
  instance: { snapshot: 'instance_snapshot', volume: 'instance_volume' },
  block: { snapshot: 'snapshot', volume: 'volume' },
} as const

/** The name an API gives a resource in its errors. */
export function resourceName(dialect: Dialect, what: 'snapshot' | 'volume'): string {
  return RESOURCE[dialect][what]
}

/** The snapshot the path names, or undefined; refuses a stranger's. Existence is for the caller to check, after the body. */
export function lookForSnapshot(
  world: World,
  call: Call,
  dialect: Dialect,
  action: string,
): Snapshot | undefined {
  const resource = resourceName(dialect, 'snapshot')
  const found = world.snapshots.get(pathId(call, dialect, 'snapshot_id'))
  if (found?.api !== dialect || found.zone !== call.zone || found.foundFromMs > world.clock.nowMs())
    return undefined
  requireOwn(world, dialect, principalOf(call), found, { action, resource })
  return found
}

/** The snapshot the path names; refuses a stranger's and a missing one. */
export function findOwnSnapshot(world: World, call: Call, dialect: Dialect, action: string): Snapshot {
  return existing(lookForSnapshot(world, call, dialect, action), dialect, 'snapshot', call.resourceId)
}

/** The volume with that id in the call's zone, or undefined; refuses a stranger's. */
export function lookForVolume(
  world: World,
  call: Call,
  dialect: Dialect,
  asked: { id: string; action: string },
): Volume | undefined {
  const found = world.volumes.get(asked.id)
  if (found?.api !== dialect || found.zone !== call.zone) return undefined
  const resource = resourceName(dialect, 'volume')
  requireOwn(world, dialect, principalOf(call), found, { action: asked.action, resource })
  return found
}

/** The volume the path names; refuses a stranger's and a missing one. */
export function findOwnVolume(world: World, call: Call, dialect: Dialect, action: string): Volume {
  const id = pathId(call, dialect, 'volume_id')
  return existing(lookForVolume(world, call, dialect, { id, action }), dialect, 'volume', id)
}

/** Refuses what does not exist. */
export function existing<T>(
  found: T | undefined,
  dialect: Dialect,
  what: 'snapshot' | 'volume',
  id: string | null,
): T {
  if (found === undefined) throw notFound(dialect, resourceName(dialect, what), id ?? '')
  return found
}

function pathId(call: Call, dialect: Dialect, name: string): string {
  if (isUuid(call.resourceId)) return call.resourceId.toLowerCase()
  throw invalidArguments(dialect, [
    { argument_name: name, reason: 'format', help_message: `${name} must be a valid UUID` },
  ])
}
