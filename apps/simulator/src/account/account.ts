import type { Reply } from '../weather/weather.ts'

/** What may be wrong with the account at the provider, and heals only when somebody sees to it. */
export type AccountFault = 'key revoked' | 'quota full' | 'bucket closed'

/** All of them. */
export const ACCOUNT_FAULTS: readonly AccountFault[] = ['key revoked', 'quota full', 'bucket closed']

/** The words of every refusal that is the account's. */
export const ACCOUNT_WORDS = 'the account is not in order'

const ROOM = new Set(['CreateSnapshot', 'ImportSnapshot'])
const BUCKET = new Set([
  ...['HeadBucket', 'ListObjectsV2', 'HeadObject', 'GetObject', 'DeleteObject'],
  ...['ExportSnapshot', 'ImportSnapshot'],
])

/** The account as the provider judges each call by it. */
export class Account {
  readonly #faults = new Map<AccountFault, number>()
  /** When the last fault was put right; null while one lasts or none ever was. */
  curedAt: number | null = null
  /** For how long it was not in order, all in all, milliseconds. */
  brokenMs = 0

  get isBroken(): boolean {
    return this.#faults.size > 0
  }

  breaks(fault: AccountFault, now: number): void {
    if (!this.#faults.has(fault)) this.#faults.set(fault, now)
    this.curedAt = null
  }

  heals(fault: AccountFault, now: number): void {
    const since = this.#faults.get(fault)
    if (since === undefined) return
    this.#faults.delete(fault)
    this.brokenMs += now - since
    if (!this.isBroken) this.curedAt = now
  }

  /** What a call is answered while something is wrong that it needs; null when it may. */
  refuses(call: string): Reply | null {
    if (this.#faults.has('key revoked')) return { kind: 'credentials', status: 401, nothing: true }
    if (this.#faults.has('bucket closed') && BUCKET.has(call))
      return { kind: 'forbidden', status: 403, nothing: true }
    if (this.#faults.has('quota full') && ROOM.has(call)) return { kind: 'quota', status: 403, nothing: true }
    return null
  }
}
