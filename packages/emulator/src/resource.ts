import type { DiskRef } from './disks/disks.ts'
import type { MadeBy } from './made-by.ts'

/** The two snapshot APIs. */
export type SnapshotApi = 'instance' | 'block'

/** What a snapshot and a volume have in common. `state` is the provider's own word (`state` on Instance, `status` on Block). */
export interface Resource {
  id: string
  api: SnapshotApi
  zone: string
  name: string
  tags: string[]
  projectId: string
  organizationId: string
  state: string
  disk: DiskRef
  createdMs: number
  changedMs: number
  madeBy: MadeBy
}
