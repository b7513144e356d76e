import type { Resource } from './resource.ts'

/** A volume of either API; `server` is what it is attached to. */
export interface Volume extends Resource {
  /** `l_ssd` or `scratch` on Instance; `sbs_5k` or `sbs_15k` on Block. */
  kind: string
  server: { id: string; name: string; running: boolean } | null
  parentSnapshotId: string | null
  /** When `creating` ends, in emulated ms; null when it has. */
  readyMs: number | null
}
