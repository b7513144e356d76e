import type { Answer } from '../http/answer.ts'
import type { Fault } from './fault.ts'

type Json = Record<string, unknown>

/** Spoils a good JSON answer as the fault says; leaves every other answer as it is. */
export function reshapeAnswer(fault: Fault, answer: Answer): Answer {
  const reshape = RESHAPES[fault.kind]
  if (reshape === undefined || answer.status >= 400 || typeof answer.body !== 'string') return answer
  // Object Storage speaks XML: a rule without an API matches its calls too.
  if (!answer.body.startsWith('{')) return answer
  const parsed: unknown = JSON.parse(answer.body)
  return { ...answer, body: JSON.stringify(eachResource(parsed, (resource) => reshape(resource, fault))) }
}

const RESHAPES: Partial<Record<Fault['kind'], (resource: Json, fault: Fault) => Json>> = {
  'unknown-state': (resource, fault) => {
    const field = 'state' in resource ? 'state' : 'status'
    return { ...resource, [field]: fault.kind === 'unknown-state' ? fault.word : '' }
  },
  'extra-fields': (resource) => ({
    ...resource,
    x_new_field: { nested: [1, null, 'two'] },
    encrypted: false,
  }),
  'missing-fields': (resource, fault) => {
    const missing = fault.kind === 'missing-fields' ? fault.fields : []
    return Object.fromEntries(Object.entries(resource).filter(([name]) => !missing.includes(name)))
  },
  'reordered-keys': (resource) => Object.fromEntries(Object.entries(resource).reverse()),
}

/** Applies `change` to the snapshot or volume in the answer, or to each one of a list. */
function eachResource(value: unknown, change: (resource: Json) => Json): unknown {
  if (!isJson(value)) return value
  if ('id' in value) return change(value)
  const entries = Object.entries(value).map(([name, inner]) => {
    if (Array.isArray(inner)) return [name, inner.map((one) => eachResource(one, change))]
    return [name, name === 'task' ? inner : eachResource(inner, change)]
  })
  return Object.fromEntries(entries)
}

function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
