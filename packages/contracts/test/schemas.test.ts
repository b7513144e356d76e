import fc from 'fast-check'
import { Value } from 'typebox/value'
import { describe, expect, test } from 'vitest'
import * as contracts from '../src/index.ts'
import { CreateMigration, isProblemCode, PROBLEMS, problemRow, problemType } from '../src/index.ts'

const SCHEMAS = Object.entries<unknown>(contracts).filter(
  ([, value]) => typeof value === 'object' && value !== null && ('type' in value || 'anyOf' in value),
)

/** Every object schema inside a schema, with its path. */
function objectsIn(schema: unknown, path: string): [string, Record<string, unknown>][] {
  if (typeof schema !== 'object' || schema === null) return []
  const inner = Object.entries(schema).flatMap(([name, field]) => objectsIn(field, `${path}.${name}`))
  const isObject = 'type' in schema && schema.type === 'object'
  return isObject ? [[path, schema as Record<string, unknown>], ...inner] : inner
}

/** What only our own programs read: its form is that of a version of the rules. */
const INNER = /^BundleView\.properties\.(record|pulse|events\.items)$/

describe('every object of the contract', () => {
  const objects = SCHEMAS.flatMap(([name, schema]) => objectsIn(schema, name))

  test('is closed: a misspelt field is refused, never ignored', () => {
    expect(objects.length).toBeGreaterThan(20)
    const open = objects.filter(
      ([path, schema]) =>
        schema['additionalProperties'] !== false && !path.endsWith('abels') && !INNER.test(path),
    )
    expect(open.map(([path]) => path)).toEqual([])
  })

  test('has no reference to anything outside itself', () => {
    expect(JSON.stringify(SCHEMAS)).not.toContain('$ref')
  })
})

describe('the body of a create', () => {
  const { examples } = CreateMigration as unknown as { examples: object[] }

  test.each(examples.map((example) => [JSON.stringify(example), example]))('takes %s', (_, example) => {
    expect(Value.Check(CreateMigration, example)).toBe(true)
  })

  test('takes no field it does not know, wherever it stands', () => {
    const fields = ['source', 'from', 'to', 'copy', 'image', 'takenSnapshot', 'labels', 'priority']
    const known = new Set([...fields, '__proto__'])
    fc.assert(
      fc.property(
        fc.constantFrom(...examples),
        fc.string({ minLength: 1 }).filter((name) => !known.has(name)),
        fc.jsonValue(),
        (example, name, value) => !Value.Check(CreateMigration, { ...example, [name]: value }),
      ),
    )
  })

  test('never throws, whatever is sent', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => typeof Value.Check(CreateMigration, value) === 'boolean'),
    )
  })
})

describe('the table of problems', () => {
  test.each(Object.entries(PROBLEMS))(
    '%s has a status of HTTP, a title and a fix',
    (code, { status, title, fix }) => {
      expect(code).toMatch(/^[a-z]+(_[a-z]+)*$/)
      expect([400, 401, 403, 404, 405, 409, 412, 413, 415, 422, 428, 429, 500, 503]).toContain(status)
      expect(title).toMatch(/^[A-Z].*[^.]$/)
      expect(fix).toMatch(/^[A-Z].+\.$/)
    },
  )

  test('says that only what time can heal is worth the same request again', () => {
    const retryable = Object.entries(PROBLEMS).filter(([, row]) => row.retryable)
    expect(retryable.map(([code]) => code)).toEqual([
      'too_many_requests',
      'internal',
      'unavailable',
      'not_durable',
      'too_busy',
      'provider_away',
    ])
  })

  test('knows its own codes and no others', () => {
    expect(['unknown_zone', 'toString', '__proto__', 'UNKNOWN_ZONE', ''].map(isProblemCode)).toEqual([
      true,
      false,
      false,
      false,
      false,
    ])
    expect(problemRow('too_late').status).toBe(409)
    expect(problemType('too_late')).toBe('urn:snapferry:problem:too_late')
  })
})
