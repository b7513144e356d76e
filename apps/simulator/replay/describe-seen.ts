import type { ActAnswer, CloudFailure, Result, Seen } from '@snapferry/migration'

/** What was seen, one line for each slot: its name, and what it showed. */
export function seenLines(seen: Seen): readonly string[] {
  const lines = Object.entries(seen).map(([slot, look]: [string, Result<unknown, CloudFailure>]) =>
    look.ok ? `${slot}: ${show(look.value)}` : `${slot}: ${failureLine(look.failure)}`,
  )
  return lines.length === 0 ? ['nothing was asked for'] : lines
}

/** What a write came back with. */
export function answerLines(answer: ActAnswer): readonly string[] {
  if (answer.to === 'remove')
    return answer.results.map(
      ({ id, result }) => `${id}: ${result.ok ? result.value : failureLine(result.failure)}`,
    )
  const { result } = answer
  if (!result.ok) return [failureLine(result.failure)]
  return [result.value === null ? 'accepted' : show(result.value)]
}

function failureLine({ kind, call, status, words, nothing }: CloudFailure): string {
  const said = words === '' ? '' : `, "${words}"`
  return `${kind} (${call}${status === null ? '' : `, ${status}`}${said})${nothing ? '' : ', and what it did is unknown'}`
}

/** One value of a sight in one line: what tells most about it first. */
function show(value: unknown): string {
  if (value === null) return 'not there'
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.map(show).join(' | ')
  if (typeof value !== 'object') return String(value)
  const { id, key, state, ...rest } = value as Readonly<Record<string, unknown>>
  const first = [id, key, wordOf(state)].filter((part) => part !== undefined)
  return [...first, ...Object.entries(rest).map(([name, field]) => `${name} ${plain(field)}`)].join(', ')
}

function wordOf(state: unknown): unknown {
  return typeof state === 'object' && state !== null && 'kind' in state ? state.kind : undefined
}

function plain(field: unknown): string {
  if (typeof field !== 'object' || field === null) return String(field)
  return Array.isArray(field) && field.every((one) => typeof one === 'string')
    ? `[${field.join(' ')}]`
    : `(${show(field)})`
}
