/** The answer of something that may fail in an expected way. Surprises throw; expected failures are values. */
export type Result<T, F> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly failure: F }

/** A good answer. */
export function good<T>(value: T): { readonly ok: true; readonly value: T } {
  return { ok: true, value }
}

/** A failed answer. */
export function bad<F>(failure: F): { readonly ok: false; readonly failure: F } {
  return { ok: false, failure }
}

/** Closes a `switch` over a union: the compiler names the missing case, the run names the value. */
export function assertNever(value: never): never {
  throw new Error(`a case nobody wrote: ${JSON.stringify(value)}`)
}
