import type { Backend, Region, Zone } from './ids.ts'

/** A thing this migration made at the provider. */
export type Thing =
  | { readonly what: 'image'; readonly id: string; readonly region: Region; readonly bucket: string }
  | {
      readonly what: 'taken-snapshot' | 'copy'
      readonly id: string
      readonly backend: Backend
      readonly zone: Zone
    }

/**
 * One line of the ledger: a thing and what became of it.
 * `made` (in use) → `disowned` (to be removed; nobody adopts it) → `removed`, or `left` with the reason;
 * `kept` stays by order, until `untilMs` when that is set.
 */
export interface Item {
  readonly thing: Thing
  /** The round its `wip` tag names; for an image the round it was found in. */
  readonly round: number
  /** When it came into the ledger, milliseconds since 1970. */
  readonly at: number
  readonly state: 'made' | 'disowned' | 'kept' | 'removed' | 'left'
  /** Why it was left. */
  readonly reason?: string
  /** When a kept thing is due for removal, milliseconds since 1970. */
  readonly untilMs?: number
  /** True once a read showed the tag of a proven copy or kept snapshot. */
  readonly marked?: boolean
}

/** A ledger line that could not be removed, as people see it. */
export interface Leftover {
  readonly what: Thing['what'] | 'copy-not-marked'
  readonly id: string
  /** The zone, or the region of an image. */
  readonly zone: string
  readonly reason: string
}

/** Where a thing is: its zone, or the region of an image. */
export function placeOf(thing: Thing): string {
  return thing.what === 'image' ? thing.region : thing.zone
}

/** The line of a thing, or null. */
export function itemOf(ledger: readonly Item[], id: string): Item | null {
  return ledger.find((item) => item.thing.id === id) ?? null
}

/** The ledger with changed or added lines; lines keep their order of making. */
export function withItem(ledger: readonly Item[], changed: Item): readonly Item[] {
  const at = ledger.findIndex((item) => item.thing.id === changed.thing.id)
  return at === -1 ? [...ledger, changed] : ledger.with(at, changed)
}

/** What was left behind, with reasons. */
export function leftoversOf(ledger: readonly Item[]): readonly Leftover[] {
  return ledger.flatMap((item): Leftover[] => {
    if (item.state === 'left') {
      const reason = item.reason ?? 'unknown'
      return [
        {
          what: reason === 'copy-not-marked' ? 'copy-not-marked' : item.thing.what,
          id: item.thing.id,
          zone: placeOf(item.thing),
          reason,
        },
      ]
    }
    return []
  })
}
