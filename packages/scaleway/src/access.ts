/**
 * Which provider is spoken to, and how: `sandbox`, the emulator; `observe`, the real one, of which everything is read and
 * nothing written; `armed`, the real one.
 */
export type Mode = 'sandbox' | 'observe' | 'armed'

/** The modes, as `SNAPFERRY_MODE` names them. */
export const MODES = ['sandbox', 'observe', 'armed'] as const satisfies readonly Mode[]

/** An API key in its two parts. */
export interface Credentials {
  /** `SCW` and 17 capital letters or digits; names who asks. */
  readonly accessKey: string
  /** A UUID. */
  readonly secretKey: string
}

/** Where the provider is and who asks: everything `openProvider` needs. Made by `readAccess` only. */
export interface Access extends Credentials {
  readonly mode: Mode
  /** Without a trailing slash. */
  readonly apiUrl: string
  /** The endpoint of Object Storage in a region; throws RangeError for a region that has none here. */
  s3Url(region: string): string
  /** The regions that have an endpoint here; null when every region has. */
  readonly s3Regions: readonly string[] | null
  /** The project of the key: where things are made when nothing else is said. */
  readonly projectId: string
  readonly organizationId: string | null
}
