/** Fields that only tell: a sentence that was worded anew is no other decision. */
const TOLD = new Set(['text', 'words', 'basis', 'at'])

/** Whether two values of JSON say the same, sentences and the times of events left aside. */
export function sameIn(a: unknown, b: unknown): boolean {
  return JSON.stringify(plain(a)) === JSON.stringify(plain(b))
}

/** With fields in one order and without those that only tell. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== 'object' || value === null) return value
  const fields = Object.entries(value).filter(([name, field]) => !isTold(name, field))
  return Object.fromEntries(
    fields.toSorted(([one], [other]) => (one < other ? -1 : 1)).map(([name, field]) => [name, plain(field)]),
  )
}

/** Why nothing was made may be the provider's own words; that a create was given up is a decision. */
function isTold(name: string, value: unknown): boolean {
  return TOLD.has(name) || value === undefined || (name === 'because' && value !== 'nothing-found')
}
