/** What a value must look like, and what to call that in a mistake. */
export interface ValueForm {
  readonly fits: RegExp
  readonly what: string
}

/** The forms that the official clients check as well. */
export const ACCESS_KEY: ValueForm = {
  fits: /^SCW[A-Z0-9]{17}$/,
  what: 'SCW and 17 capital letters or digits',
}
/** The provider writes ids in lower case; people paste them in any. */
export const UUID: ValueForm = {
  fits: /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i,
  what: 'a UUID',
}
/** `fr-par-1` */
export const ZONE: ValueForm = { fits: /^[a-z]{2}-[a-z]{3}-[1-9]$/, what: 'a zone' }
/** `fr-par` */
export const REGION: ValueForm = { fits: /^[a-z]{2}-[a-z]{3}$/, what: 'a region' }
