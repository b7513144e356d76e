import { OUR_TAG } from './plan.ts'

/** What a text is to the people it belongs to; its pseudonym begins with it. */
export type Private = 'name' | 'tag' | 'label' | 'person' | 'bucket' | 'project' | 'key' | 'id'

/** Tags of ours tell installation, migration, ids of the provider and times: nothing that people named. */
const OURS = /^snapferry:(?:wip|copy|snapshot|source|volume|taken|verified|cohort|schedule|slot|group)=/
const UUID = /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g
/** Stands for a text that is ours to hide and has no pseudonym in this spelling. */
const HIDDEN = 'hidden'
/** A shorter text is replaced in a sentence only where it stands alone. */
const INSIDE_LENGTH_MIN = 3

/** Stable pseudonyms: the same text has the same one wherever it stands, numbered as they came. */
export class Pseudonyms {
  readonly #given = new Map<string, string>()
  /** The same by texts in lower case: a sentence may write them otherwise. */
  readonly #folded = new Map<string, string>()
  readonly #counts = new Map<Private, number>()
  #finder: RegExp | null = null

  /** The pseudonym of a whole text. An empty one says something by itself and stays. */
  of(text: string, what: Private): string {
    if (text === '' || (what === 'tag' && OURS.test(text))) return text
    const known = this.#given.get(text)
    if (known !== undefined) return known
    const count = (this.#counts.get(what) ?? 0) + 1
    // What begins like a tag of ours is left out of a copy's tags: its pseudonym must be too.
    const family = text.startsWith(OUR_TAG) ? OUR_TAG : ''
    const given = `${family}${what}-${count}${what === 'key' ? '.qcow2' : ''}`
    this.#counts.set(what, count)
    this.#given.set(text, given)
    this.#folded.set(text.toLowerCase(), given)
    this.#finder = null
    return given
  }

  /** A sentence with every text known so far replaced, and every UUID that is not the id of a thing we know. */
  inside(sentence: string, ids: ReadonlySet<string>): string {
    this.#finder ??= finderOf([...this.#given.keys()])
    const named = sentence.replace(this.#finder, (text) => this.#folded.get(text.toLowerCase()) ?? HIDDEN)
    const strangers = (named.match(UUID) ?? []).filter((id) => !ids.has(id))
    return strangers.reduce((text, id) => text.replaceAll(id, this.of(id, 'id')), named)
  }
}

/** Finds each of these texts, the longest first. */
function finderOf(texts: readonly string[]): RegExp {
  const found = texts.toSorted((a, b) => b.length - a.length).map((text) => patternOf(text))
  return found.length === 0 ? /(?!)/g : new RegExp(found.join('|'), 'giu')
}

function patternOf(text: string): string {
  const exact = text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')
  return text.length >= INSIDE_LENGTH_MIN ? exact : `(?<![\\p{L}\\p{N}])${exact}(?![\\p{L}\\p{N}])`
}
