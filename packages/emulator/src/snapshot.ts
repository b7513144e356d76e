import type { OutcomeFault } from './faults/fault.ts'
import type { MadeBy } from './made-by.ts'
import type { Resource } from './resource.ts'

/** What a snapshot is busy with, and when (emulated ms) that ends; `null`: stuck, it never does. */
export type Work = { dueMs: number | null; outcome: OutcomeFault | null } & (
  | { kind: 'take' }
  | { kind: 'export'; bucket: string; key: string; madeBy: MadeBy; backTo: string; policyName: string }
  | { kind: 'import'; bucket: string; key: string; policyName: string }
)

/** Something that uses a block snapshot, such as an image. */
export interface Reference {
  id: string
  productResourceType: 'instance_server' | 'instance_image' | 'internal'
  productResourceId: string
  type: string
  status: string
  createdMs: number
}

/** A snapshot of either API. */
export interface Snapshot extends Resource {
  /** `l_ssd` on Instance; the class, `sbs` or `bssd`, on Block. */
  kind: string
  volume: { id: string; name: string } | null
  references: Reference[]
  public: boolean
  errorDetails: string | null
  /** Lists leave it out before this moment, GETs by id before `foundFromMs`. */
  listedFromMs: number
  foundFromMs: number
  work: Work | null
}

/** A snapshot's size is its disk's, in bytes. */
export function snapshotBytes(snapshot: Snapshot): number {
  return snapshot.disk.sizeBytes
}
