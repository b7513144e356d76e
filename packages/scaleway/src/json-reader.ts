import { bad, good, type Result } from '@snapferry/migration'
import type { Static, TSchema } from 'typebox'
import { Compile } from 'typebox/compile'
import type { Reader } from './api.ts'

/** Checks one value against a schema; the failure names the first place that is wrong. */
export type Check<T> = (value: unknown) => Result<T, string>

/** A check by schema. Extra fields pass. */
export function checkOf<S extends TSchema>(schema: S): Check<Static<S>> {
  const compiled = Compile(schema)
  return (value) => {
    if (compiled.Check(value)) return good(value)
    const [first] = compiled.Errors(value)
    return bad(`${first?.instancePath || 'the answer'} ${first?.message ?? 'is not what was promised'}`)
  }
}

/** Reads a JSON body by a check, then puts it into our words, which may fail as well. */
export function jsonReader<W, T>(check: Check<W>, translate: (wire: W) => Result<T, string>): Reader<T> {
  return ({ body }) => {
    const wire = check(jsonOf(body))
    return wire.ok ? translate(wire.value) : wire
  }
}

/** For answers without a body. */
export const readNothing: Reader<null> = () => good(null)

/** The value of a JSON text; undefined, which no schema accepts, when it is none. */
function jsonOf(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(body))
  } catch {
    return undefined
  }
}
