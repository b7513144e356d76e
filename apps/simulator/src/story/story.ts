import type { MigrationId } from '@snapferry/migration'
import type { Incident } from './incident.ts'

/** What happened in one world: a hash of all of it, what went wrong, and on wish every line. */
export class Story {
  readonly incidents: Incident[] = []
  /** Broken promises, in words. */
  readonly broken: string[] = []
  readonly lines: string[] = []
  readonly isTold: boolean
  readonly #start: number
  readonly #clock: () => number
  #hash = 0x811c9dc5

  constructor(clock: () => number, isTold: boolean) {
    this.#clock = clock
    this.#start = clock()
    this.isTold = isTold
  }

  /** Equal for equal stories: 32 bits over every time and word of it. */
  get hash(): string {
    return (this.#hash >>> 0).toString(16).padStart(8, '0')
  }

  /** Something happened; `more` is only asked for when the story is told. */
  tell(word: string, more?: () => string): void {
    this.#mix(word)
    if (!this.isTold) return
    const seconds = ((this.#clock() - this.#start) / 1_000).toFixed(3)
    this.lines.push(`+${seconds} s ${word}${more === undefined ? '' : ` ${more()}`}`)
  }

  /** Something went wrong. */
  add(incident: Incident): Incident {
    this.incidents.push(incident)
    this.tell(incident.fault, () => `(${incident.phase}, ${incident.point}) ${short(incident.migration)}`)
    return incident
  }

  /** A promise was broken. */
  fail(what: string): void {
    if (this.broken.length < 20) this.broken.push(what)
    this.tell(`BROKEN: ${what}`)
  }

  #mix(word: string): void {
    let hash = this.#hash ^ (this.#clock() & 0x7fffffff)
    for (let at = 0; at < word.length; at++) hash = Math.imul(hash ^ word.charCodeAt(at), 0x01000193)
    this.#hash = hash
  }
}

/** The first letters of an id: enough to tell the migrations of one world apart. */
export function short(id: MigrationId): string {
  return id.slice(0, 9)
}
