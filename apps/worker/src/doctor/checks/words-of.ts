import type { CloudFailure } from '@snapferry/migration'

/** A failed call in one sentence: the call, the status, what the provider said. */
export function wordsOf({ call, status, words, requestId, kind }: CloudFailure): string {
  const answered = status === null ? `no answer (${words || kind})` : `answered ${status}`
  const said = status === null || words === '' ? '' : `: ${words}`
  const id = requestId === null ? '' : ` (request ${requestId})`
  return `${call} ${answered}${said}${id}`
}

/** Whether the call was refused for want of a right. */
export function isDenied({ kind }: CloudFailure): boolean {
  return kind === 'forbidden'
}
