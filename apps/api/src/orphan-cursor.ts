import type { Listed } from '@snapferry/migration'
import { BadCursor } from '@snapferry/redis'

/** The opaque token of the page after the first `offset` things of one sweep's list. */
export function orphanToken(of: {
  readonly sweep: string
  readonly kind: Listed | null
  readonly offset: number
}): string {
  return Buffer.from(`${of.sweep}.${of.kind ?? ''}.${of.offset}`).toString('base64url')
}

/** The offset of a token; throws `BadCursor` for one of another sweep or kind, or that was never given out. */
export function offsetOf(
  token: string,
  of: { readonly sweep: string; readonly kind: Listed | null },
): number {
  const [sweep, kind, offset = ''] = Buffer.from(token, 'base64url').toString('latin1').split('.')
  if (!/^\d{1,6}$/.test(offset)) throw new BadCursor('this page token was not given out here')
  if (sweep !== of.sweep) throw new BadCursor('this page token belongs to an earlier sweep: begin anew')
  if (kind !== (of.kind ?? '')) throw new BadCursor('this page token belongs to another kind')
  return Number(offset)
}
