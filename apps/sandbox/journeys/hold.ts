import type { CensusEntry, WantedFault } from '@snapferry/emulator'
import type { Town } from './town.ts'

/** The two snapshot APIs. */
export const APIS = ['instance', 'block'] as const
export type SnapshotApi = (typeof APIS)[number]

/** How a migration is held in a phase: by the provider's own slowness, or by a call that fails for as long as wanted. */
const HOLDS = {
  snapshot: [],
  export: [],
  inspect: [{ match: { operation: 'GetObject' }, after: 1, times: 'forever', fault: { kind: 'json-503' } }],
  import: [],
  verify: [
    {
      match: { operation: 'ListSnapshots', zone: 'fr-par-2' },
      times: 'forever',
      fault: { kind: 'json-503' },
    },
  ],
  tidy: [{ match: { operation: 'PatchSnapshot' }, times: 'forever', fault: { kind: 'json-503' } }],
} as const satisfies Record<string, readonly WantedFault[]>

/** A phase in which a migration can be held. */
export type HeldPhase = keyof typeof HOLDS
/** Every phase, in travelling order. */
export const HELD_PHASES = Object.keys(HOLDS) as readonly HeldPhase[]

/** Starts moving a volume, and stops time while it is in this phase. Clear the faults to let it go on. */
export async function holdIn(
  town: Town,
  phase: HeldPhase,
  api: SnapshotApi,
): Promise<{ id: string; digest: string | null }> {
  for (const fault of HOLDS[phase]) town.emulator.admin.armFault(fault)
  const { id, digest } = await startMoving(town, api)
  await untilHeld(town, id, phase)
  return { id, digest }
}

/** Asks to move a new volume; `digest` is what its guest sees. */
export async function startMoving(
  town: Town,
  api: SnapshotApi,
  headers: Record<string, string> = {},
): Promise<{ id: string; digest: string | null; body: object }> {
  const seeded = town.emulator.admin.seedVolume({
    api,
    zone: 'fr-par-1',
    data: { bytes: 1_000_000, extents: 4 },
  })
  const body = { source: { volume: seeded.id }, from: 'fr-par-1', to: 'fr-par-2' }
  const { id } = await town.create(body, headers)
  return { id, digest: await town.emulator.admin.digest(seeded.id), body }
}

/** Lets a migration go on until it is in this phase, and stops time there. Clear the faults to let it go on. */
export async function holdAt(town: Town, id: string, phase: HeldPhase): Promise<void> {
  town.emulator.admin.clearFaults()
  for (const fault of HOLDS[phase]) town.emulator.admin.armFault(fault)
  await untilHeld(town, id, phase)
}

async function untilHeld(town: Town, id: string, phase: HeldPhase): Promise<void> {
  await town.until(id, (m) => m.phase === phase && (m.why !== undefined || m.state !== 'running'))
}

/** What this migration made and what exists of it now, by the provider's own books. */
export async function oursOf(town: Town, id: string) {
  return (await town.ours()).filter(
    (one) => one.name.includes(id) || one.tags.some((tag) => tag.includes(id)),
  )
}

/** The tags that people gave a thing: all but ours. */
export function theirTags({ tags }: CensusEntry): readonly string[] {
  return tags.filter((tag) => !tag.startsWith('snapferry:'))
}
