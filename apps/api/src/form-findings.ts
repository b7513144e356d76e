import type { ProblemCode, ProblemItem } from '@snapferry/contracts'
import { problemRow } from '@snapferry/contracts'
import { allowedWords } from './allowed-words.ts'
import { meantMistakes, type SchemaMistake } from './meant-mistakes.ts'
import type { Refusal } from './refusal.ts'

/** The part of a request that was validated. */
export type FormPart = 'body' | 'querystring' | 'params' | 'headers'

const ITEMS_MAX = 50
const NAME_LENGTH_MAX = 60

/** Every mistake of form as one refusal: 422 for a body, 400 for a query, 404 for a path that can name nothing. */
export function formRefusal(mistakes: readonly SchemaMistake[], part: FormPart): Refusal {
  if (part === 'params') return { code: 'not_found', detail: 'This text is no id of a migration.' }
  const told = meantMistakes(mistakes)
  const items = once(told.map((mistake) => (part === 'body' ? bodyItem(mistake) : queryItem(mistake))))
  const [first] = items
  if (first === undefined) return { code: 'malformed_request', detail: 'The request is not valid.' }
  if (part === 'body' && told[0]?.instancePath === '' && told[0].keyword === 'type')
    return { code: 'malformed_json', detail: 'The body must be a JSON object.' }
  return { code: first.code, detail: first.detail, fix: first.fix, items }
}

/** A value that breaks two rules of its schema is told once: the words name all rules. */
function once(items: readonly ProblemItem[]): readonly ProblemItem[] {
  const groups = Map.groupBy(items, ({ code, pointer, parameter }) => `${code} ${pointer ?? parameter}`)
  return [...groups.values()].flatMap(([first]) => first ?? []).slice(0, ITEMS_MAX)
}

function bodyItem(mistake: SchemaMistake): ProblemItem {
  const { instancePath, keyword, params } = mistake
  const where = instancePath === '' ? 'the body' : instancePath
  switch (keyword) {
    case 'additionalProperties': {
      const field = String(params['additionalProperty'])
      const detail = `${quoted(field)} is not a field of ${where}.`
      return { ...item('unknown_field', detail), pointer: pointerOf(instancePath, field) }
    }
    case 'required': {
      const field = String(params['missingProperty'])
      return { ...item('missing_field', `${field} is missing.`), pointer: pointerOf(instancePath, field) }
    }
    case 'propertyNames': {
      const name = String(params['propertyName'])
      const allowed = nameWords(mistake)
      const detail = `The name ${quoted(name)} in ${where} must have ${allowed}.`
      const fix = `Give it a name of ${allowed}.`
      return { ...item('invalid_value', detail, fix), pointer: pointerOf(instancePath, name) }
    }
    default: {
      const detail = `${instancePath === '' ? 'The body' : instancePath} ${wordsOf(mistake)}.`
      return { ...item('invalid_value', detail, fixOf(mistake)), pointer: pointerOf(instancePath) }
    }
  }
}

function queryItem(mistake: SchemaMistake): ProblemItem {
  const { instancePath, keyword, params } = mistake
  const isUnknown = keyword === 'additionalProperties'
  const text = isUnknown ? String(params['additionalProperty']) : instancePath.slice(1)
  const parameter = text.slice(0, NAME_LENGTH_MAX)
  if (isUnknown)
    return { ...item('invalid_filter', `${parameter} is not a parameter of this route.`), parameter }
  const detail = `${parameter} ${wordsOf(mistake)}.`
  if (parameter === 'pageToken') return { ...item('invalid_cursor', detail), parameter }
  return { ...item('invalid_filter', detail, fixOf(mistake)), parameter }
}

function item(code: ProblemCode, detail: string, fix: string = problemRow(code).fix): ProblemItem {
  return { code, detail, fix }
}

/** A JSON Pointer as a URI fragment (RFC 6901 §6); `path` is a pointer as the validator writes it. */
function pointerOf(path: string, ...names: readonly string[]): string {
  const last = names.map((name) => name.slice(0, 100).replaceAll('~', '~0').replaceAll('/', '~1'))
  const parts = [...path.split('/').slice(1), ...last]
  // Half a surrogate pair, sent or left by the cut, has no spelling in a URI.
  return `#${parts.map((part) => `/${encodeURIComponent(part.toWellFormed())}`).join('')}`
}

function quoted(name: string): string {
  return JSON.stringify(name.slice(0, NAME_LENGTH_MAX))
}

function wordsOf({ keyword, parentSchema, message }: SchemaMistake): string {
  if (parentSchema === undefined) return message ?? 'is not valid'
  const isChoice = keyword === 'anyOf' && parentSchema.anyOf?.every((shape) => shape.required?.length === 1)
  return `must ${isChoice ? 'have' : 'be'} ${allowedWords(parentSchema)}`
}

function fixOf({ parentSchema }: SchemaMistake): string {
  return parentSchema === undefined ? 'Correct the value.' : `Send ${allowedWords(parentSchema)}.`
}

function nameWords({ parentSchema }: SchemaMistake): string {
  const description = parentSchema?.propertyNames?.description ?? 'only the characters that are allowed'
  return description.replace(/\.$/, '')
}
