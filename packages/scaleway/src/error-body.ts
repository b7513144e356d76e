/** The body of an error answer, whatever it was. Every field is what the provider wrote, or null. */
export interface ErrorBody {
  readonly form: 'json' | 'html' | 'text' | 'empty'
  readonly type: string | null
  readonly message: string | null
  readonly precondition: string | null
  readonly resetSeconds: number | null
  /** All the provider said, for people: message, help, details. */
  readonly words: string
}

type Fields = Readonly<Record<string, unknown>>

/** Reads an error body of the Scaleway APIs. Bodies are read whatever their Content-Type; nothing here throws. */
export function readErrorBody(body: Uint8Array): ErrorBody {
  const text = new TextDecoder().decode(body).trim()
  const fields = fieldsOf(text)
  if (fields === null) return { ...NOTHING, form: formOf(text), words: withoutMarkup(text) }
  const message = textAt(fields, 'message')
  return {
    form: 'json',
    type: textAt(fields, 'type'),
    message,
    precondition: textAt(fields, 'precondition'),
    resetSeconds: typeof fields['reset_seconds'] === 'number' ? fields['reset_seconds'] : null,
    words: wordsOf(fields, message) || text,
  }
}

const NOTHING = { type: null, message: null, precondition: null, resetSeconds: null } as const

function fieldsOf(text: string): Fields | null {
  try {
    const value: unknown = JSON.parse(text)
    return isFields(value) ? value : null
  } catch {
    return null
  }
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function formOf(text: string): 'html' | 'text' | 'empty' {
  if (text === '') return 'empty'
  return text.startsWith('<') ? 'html' : 'text'
}

function textAt(fields: Fields, name: string): string | null {
  const value = fields[name]
  return typeof value === 'string' && value !== '' ? value : null
}

/** The message stands first and unchanged: for a refused image it is the sentence people search for. */
function wordsOf(fields: Fields, message: string | null): string {
  const details = Array.isArray(fields['details'])
    ? fields['details'].filter(isFields).map(wordsOfDetail)
    : []
  const wrong = isFields(fields['fields']) ? Object.entries(fields['fields']).map(wordsOfField) : []
  const said = [message ?? textAt(fields, 'type'), textAt(fields, 'help_message'), ...details, ...wrong]
  return said.filter((part) => part !== null && part !== '').join('; ')
}

/** `block_volume_total_gb: 500 of 500`, `volume_type: constraint, not a valid value`, `read snapshot`. */
function wordsOfDetail(detail: Fields): string {
  const action = [textAt(detail, 'action'), textAt(detail, 'resource')]
    .filter((part) => part !== null)
    .join(' ')
  const quota =
    typeof detail['quota'] === 'number' ? `${detail['current'] ?? '?'} of ${detail['quota']}` : null
  const what = textAt(detail, 'argument_name') ?? action
  const why = [textAt(detail, 'reason'), textAt(detail, 'help_message'), quota].filter(
    (part) => part !== null,
  )
  return why.length === 0 ? what : `${what}: ${why.join(', ')}`
}

function wordsOfField([name, why]: [string, unknown]): string {
  return `${name}: ${Array.isArray(why) ? why.join(', ') : String(why)}`
}

/** The text of a page without its tags, scripts and styles, which say nothing to a reader. */
function withoutMarkup(text: string): string {
  return text
    .slice(0, 20_000)
    .replace(/<(script|style)\b[\s\S]*?<\/\1>/gi, ' ')
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim()
}
