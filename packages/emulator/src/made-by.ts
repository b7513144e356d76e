/** Who made a thing: the admin's seed, or the call that did, with its number in the request log. */
export type MadeBy = { by: 'seed' } | { by: 'call'; accessKey: string; userAgent: string; request: number }
