import { askUntilAnswered, listInState } from './api-client.ts'
import { sleep } from './customer.ts'

/** Who attends to what is parked, as a person would. */
export interface Operator {
  /** Retries and cancels that were answered 202. */
  readonly attended: { retries: number; cancels: number }
  stop(): void
}

const EVERY_MS = 3_000
const RETRIES_MAX = 3
const PATIENCE_MS = 5_000

/** Looks each 3 s for parked migrations: each is retried, at most 3 times, and then cancelled. */
export function openOperator(
  installations: readonly { readonly apiUrl: string }[],
  signal: AbortSignal,
): Operator {
  const attended = { retries: 0, cancels: 0 }
  const tries = new Map<string, number>()
  const stopping = new AbortController()
  const both = AbortSignal.any([signal, stopping.signal])
  const attend = async (apiUrl: string, id: string): Promise<void> => {
    const before = tries.get(id) ?? 0
    const what = before < RETRIES_MAX ? 'retry' : 'cancel'
    const answered = await askUntilAnswered('POST', `${apiUrl}/v1/migrations/${id}/${what}`, {
      patienceMs: PATIENCE_MS,
    })
    if (answered?.status === 202) {
      tries.set(id, before + 1)
      if (what === 'retry') attended.retries++
      else attended.cancels++
    } else if (answered !== null && what === 'cancel') tries.set(id, 0)
  }
  const run = async (): Promise<void> => {
    while (!both.aborted) {
      for (const { apiUrl } of installations) {
        const parked = (await listInState(apiUrl, 'needs_attention')) ?? []
        for (const { id } of parked) if (!both.aborted) await attend(apiUrl, id)
      }
      await sleep(EVERY_MS, both)
    }
  }
  run().catch(() => undefined)
  return { attended, stop: () => stopping.abort() }
}
