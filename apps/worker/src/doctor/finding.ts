/** `good`; `bad`: something does not work, or will not; `note`: worth knowing, or not told by anybody. */
export type Mark = 'good' | 'bad' | 'note'

/** One thing the doctor looked at, and what came of it. */
export interface Finding {
  /** Which check found it: the name of its row. */
  readonly check: string
  readonly mark: Mark
  readonly text: string
  /** What to do; null when nothing is to be done. */
  readonly fix: string | null
}

/** What a check says; its row adds the name. */
export type Said = Omit<Finding, 'check'>

/** All is well. */
export function fine(text: string): Said {
  return { mark: 'good', text, fix: null }
}

/** Does not work, with the repair. */
export function wrong(text: string, fix: string): Said {
  return { mark: 'bad', text, fix }
}

/** Worth knowing. */
export function note(text: string, fix: string | null = null): Said {
  return { mark: 'note', text, fix }
}
