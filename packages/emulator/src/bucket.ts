import type { MadeBy } from './made-by.ts'

/** A bucket; its id is its name, which is unique over all regions. Configurations are kept as they were sent. */
export interface Bucket {
  id: string
  region: string
  projectId: string
  createdMs: number
  /** JSON text of the bucket policy (Version 2023-04-17), or null. */
  policy: string | null
  versioning: 'Enabled' | 'Suspended' | null
  /** XML bodies by sub-resource: `lifecycle`, `cors`, `tagging`, `object-lock`, `acl`. */
  configurations: Record<string, string>
  madeBy: MadeBy
}
