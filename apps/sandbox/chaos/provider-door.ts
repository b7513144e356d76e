import type { CensusEntry, RequestRecord, Switches, WantedFault } from '@snapferry/emulator'
import { DURATIONS } from './weather.ts'

/** The admin routes of the emulated provider; a question is asked again while it is being started anew. */
export interface ProviderDoor {
  seed(what: 'bucket' | 'snapshot' | 'volume' | 'object', wanted: object): Promise<{ readonly id: string }>
  /** Sets how long work takes, and how late lists are. */
  setRules(listLagMs: Switches['listLagMs']): Promise<void>
  /** Arms them in this order; answers their ids. */
  arm(faults: readonly WantedFault[]): Promise<readonly string[]>
  disarm(ids: readonly string[]): Promise<void>
  clearFaults(): Promise<void>
  advance(ms: number): Promise<void>
  clock(): Promise<number>
  census(): Promise<readonly CensusEntry[]>
  requests(): Promise<readonly RequestRecord[]>
  /** SHA-256 of the guest content of an image in a bucket. */
  imageDigest(bucket: string, key: string): Promise<string | null>
}

const PATIENCE_MS = 30_000
const PAUSE_MS = 100

/** Opens the door at the emulator's admin address. */
export function openProviderDoor(adminUrl: string): ProviderDoor {
  const ask = <T>(method: string, path: string, body?: object) => asked<T>(`${adminUrl}${path}`, method, body)
  return {
    seed: (what, wanted) => ask('POST', `/seed/${what}`, wanted),
    setRules: async (listLagMs) =>
      void (await ask('PATCH', '/rules', { switches: { listLagMs }, durations: DURATIONS })),
    arm: async (faults) => {
      const ids: string[] = []
      for (const fault of faults) ids.push((await ask<{ id: string }>('POST', '/faults', fault)).id)
      return ids
    },
    disarm: async (ids) => {
      for (const id of ids) await ask('DELETE', `/faults/${id}`)
    },
    clearFaults: async () => void (await ask('DELETE', '/faults')),
    advance: async (advanceMs) => void (await ask('POST', '/clock', { advanceMs })),
    clock: async () => (await ask<{ nowMs: number }>('GET', '/clock')).nowMs,
    census: () => ask('GET', '/census?digests=1'),
    requests: () => ask('GET', '/requests'),
    imageDigest: async (bucket, key) =>
      (await ask<{ digest: string | null }>('GET', `/image-digest/${bucket}/${encodeURIComponent(key)}`))
        .digest,
  }
}

async function asked<T>(url: string, method: string, body: object | undefined): Promise<T> {
  const deadline = performance.now() + PATIENCE_MS
  for (;;) {
    const answer = await fetch(url, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }).catch((error: unknown) => {
      if (performance.now() > deadline) throw error
      return null
    })
    if (answer !== null) {
      const text = await answer.text()
      if (!answer.ok) throw new Error(`the provider's admin answered ${answer.status} to ${url}: ${text}`)
      return JSON.parse(text)
    }
    await new Promise((next) => setTimeout(next, PAUSE_MS))
  }
}
