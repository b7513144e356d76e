import { type Looks, observe, type Question, type Seen } from '@snapferry/migration'

/** Looks are given up (null) when the lock is lost or the worker stops; what they still answer nobody hears. */
export async function lookAt(question: Question, looks: Looks, signal: AbortSignal): Promise<Seen | null> {
  if (signal.aborted) return null
  const { promise, resolve } = Promise.withResolvers<null>()
  const giveUp = (): void => resolve(null)
  signal.addEventListener('abort', giveUp, { once: true })
  try {
    return await Promise.race([observe(question, looks), promise])
  } finally {
    signal.removeEventListener('abort', giveUp)
  }
}
