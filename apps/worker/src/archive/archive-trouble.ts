import type { CloudFailure, Result } from '@snapferry/migration'

/** Why an archive cannot be read or written: a sentence for people. What is wrong with the chain itself is a `Break`. */
export class ArchiveTrouble extends Error {
  override readonly name = 'ArchiveTrouble'
}

/** The value of an answer of the store, or an `ArchiveTrouble` with the provider's words. */
export async function fromStore<T>(what: string, answer: Promise<Result<T, CloudFailure>>): Promise<T> {
  const result = await answer
  if (result.ok) return result.value
  const { kind, call, status, words, requestId } = result.failure
  const said = [status, words, requestId === null ? null : `request ${requestId}`].filter(
    (part) => part !== null && part !== '',
  )
  throw new ArchiveTrouble(`${what}: ${call} failed (${kind}) ${said.join(' ')}`.trimEnd())
}
