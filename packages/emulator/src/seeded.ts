/** What was seeded, as it was then: whoever compares later sees what someone else's run did to a stranger's things. */
export interface Seeded {
  id: string
  kind: 'snapshot' | 'volume' | 'bucket' | 'object'
  api: 'instance' | 'block' | 's3'
  /** Zone, or region for a bucket or object. */
  place: string
  name: string
  /** Of the object's bucket; null for everything else. */
  bucket: string | null
  /** All that must stay, as JSON text. */
  fingerprint: string
}
