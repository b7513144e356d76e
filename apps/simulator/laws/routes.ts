import type { Asked } from '../src/index.ts'

/** Every kind of source on every backend, and of an image to both types of copy; two of them keep what they made. */
export const ROUTES = {
  'a block snapshot': { source: 'snapshot', backend: 'block' },
  'an instance snapshot': { source: 'snapshot', backend: 'instance' },
  'a block volume': { source: 'volume', backend: 'block', keepTaken: true, keep: { kind: 'always' } },
  'an instance volume': { source: 'volume', backend: 'instance' },
  'an image to block': { source: 'image', type: 'sbs' },
  'an image to instance': { source: 'image', type: 'l_ssd' },
} as const satisfies Readonly<Record<string, Asked>>

/** A route by its name. */
export type Route = keyof typeof ROUTES
/** Every route. */
export const ROUTE_NAMES = Object.keys(ROUTES) as readonly Route[]

/** How the journey goes when nothing goes wrong: to the copy, or back from the middle of the import. */
export const JOURNEYS = ['forward', 'cancelled'] as const
/** One of the journeys. */
export type Journey = (typeof JOURNEYS)[number]
