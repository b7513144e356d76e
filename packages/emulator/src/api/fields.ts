import type { Call } from '../http/call.ts'
import { type BadArgument, type Dialect, invalidArguments, invalidRequest } from './refusals.ts'

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

/** Bodies of these APIs are small; a larger one is refused. */
export const BODY_BYTES_MAX = 1_048_576

/** The members of a JSON body, read by kind; what is wrong is gathered and refused together by `check`. */
export interface Fields {
  has(name: string): boolean
  text(name: string, rule?: 'required'): string | undefined
  uuid(name: string, rule?: 'required'): string | undefined
  bytes(name: string): number | undefined
  number(name: string): number | undefined
  texts(name: string): string[] | undefined
  flag(name: string): boolean | undefined
  oneOf(name: string, words: readonly string[]): string | undefined
  /** The members of an object inside, or undefined when it is absent. */
  inner(name: string): Fields | undefined
  complain(name: string, reason: BadArgument['reason'], help: string): void
  /** Throws the refusal when anything was wrong so far. */
  check(): void
}

/** Reads the call's body. Refuses what is no JSON object. */
export function readFields(call: Call, dialect: Dialect): Fields {
  const { body } = call
  if (body === null) throw invalidRequest(dialect, 'The request body is too large')
  if (body.length === 0) return openFields({}, dialect, [])
  const parsed = parseObject(body.toString('utf8'))
  if (parsed === null) throw invalidRequest(dialect, 'The request body is not a valid JSON object')
  return openFields(parsed, dialect, [])
}

function parseObject(text: string): Record<string, unknown> | null {
  try {
    const parsed: unknown = JSON.parse(text)
    return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed) ? { ...parsed } : null
  } catch {
    return null
  }
}

function openFields(members: Record<string, unknown>, dialect: Dialect, bad: BadArgument[]): Fields {
  const complain: Fields['complain'] = (name, reason, help) => {
    bad.push({ argument_name: name, reason, help_message: help })
  }
  /** The member when `is` accepts it; a complaint when it is of another kind, or required and absent. */
  const read = <T>(name: string, is: (value: unknown) => value is T, help: string, rule?: 'required') => {
    const value = members[name] ?? undefined
    if (value === undefined) {
      if (rule === 'required') complain(name, 'required', `${name} is required`)
      return undefined
    }
    if (is(value)) return value
    complain(name, 'format', `${name} ${help}`)
    return undefined
  }
  return {
    has: (name) => (members[name] ?? null) !== null,
    text: (name, rule) => read(name, isText, 'must be a string that is not empty', rule),
    uuid: (name, rule) => read(name, isUuid, 'must be a valid UUID', rule),
    bytes: (name) => read(name, isCount, 'must be a number of bytes'),
    number: (name) => read(name, isCount, 'must be a number'),
    texts: (name) => read(name, isTexts, 'must be a list of strings'),
    flag: (name) => read(name, (value) => typeof value === 'boolean', 'must be a boolean'),
    oneOf(name, words) {
      const word = read(name, isText, 'must be a string')
      if (word === undefined || words.includes(word)) return word
      complain(name, 'constraint', `${name} is not a valid value`)
      return undefined
    },
    inner(name) {
      const value = read(name, isObject, 'must be an object')
      return value === undefined ? undefined : openFields({ ...value }, dialect, bad)
    },
    complain,
    check() {
      if (bad.length > 0) throw invalidArguments(dialect, bad)
    },
  }
}

/** Whether the text is a UUID. */
export function isUuid(value: unknown): value is string {
  return typeof value === 'string' && UUID.test(value)
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.length > 0
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string')
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
