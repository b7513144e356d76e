import type { Credentials } from './access.ts'
import { openScrub, type Scrub } from './words.ts'

/** Knows the keys of now and of before: an answer under way may still repeat one that was exchanged meanwhile. */
export interface SecretBook {
  readonly scrub: Scrub
  /** From now on this key is masked as well. */
  learn(credentials: Credentials): void
}

/** So many keys are known at a time; each text is searched for every one of them. */
const KEYS_MAX = 8

/** Opens a book with the first key in it. */
export function openSecretBook(first: Credentials): SecretBook {
  let known: readonly Credentials[] = []
  let scrub: Scrub = openScrub([])
  const learn = (credentials: Credentials): void => {
    known = [...known, credentials].slice(-KEYS_MAX)
    scrub = openScrub(known.flatMap(({ accessKey, secretKey }) => [secretKey, accessKey]))
  }
  learn(first)
  return { scrub: (text) => scrub(text), learn }
}
