import type { Answer } from '../http/answer.ts'

/** A JSON answer with exactly `application/json`: official clients refuse a charset behind it. */
export function jsonAnswer(dialect: 'instance' | 'block', status: number, value: unknown): Answer {
  const body = dialect === 'instance' ? spacedJson(value) : JSON.stringify(value)
  return { status, headers: { 'Content-Type': 'application/json' }, body }
}

/** 204 still bears a Content-Type. */
export function emptyAnswer(): Answer {
  return { status: 204, headers: { 'Content-Type': 'application/json' }, body: null }
}

/** JSON with a space behind each comma and colon, as Instance v1 writes it. */
function spacedJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(spacedJson).join(', ')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const members = Object.entries(value).filter(([, inner]) => inner !== undefined)
  return `{${members.map(([name, inner]) => `${JSON.stringify(name)}: ${spacedJson(inner)}`).join(', ')}}`
}
