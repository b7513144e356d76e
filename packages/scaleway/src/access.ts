/** Where the provider is and who asks: everything `openProvider` needs. Made by `readAccess` only. */
export interface Access {
  readonly mode: 'sandbox' | 'armed'
  /** Without a trailing slash. */
  readonly apiUrl: string
  /** The endpoint of Object Storage in a region; throws RangeError for a region that has none here. */
  s3Url(region: string): string
  /** The regions that have an endpoint here; null when every region has. */
  readonly s3Regions: readonly string[] | null
  readonly accessKey: string
  readonly secretKey: string
  /** The project of the key: where things are made when nothing else is said. */
  readonly projectId: string
  readonly organizationId: string | null
}
