import { afterEach } from 'vitest'
import type { Access } from '../src/access.ts'
import { openProvider, type Provider, type ProviderOptions } from '../src/provider.ts'
import { SANDBOX_CREDENTIALS } from '../src/sandbox-credentials.ts'
import type { RequestFact } from '../src/setting.ts'
import { type ScriptedServer, startServer } from './scripted-server.ts'

const closers: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

/** A provider over a scripted server that stands for both APIs and for Object Storage of fr-par. */
export interface Opened {
  readonly provider: Provider
  readonly server: ScriptedServer
  readonly facts: RequestFact[]
  readonly stop: AbortController
}

/** Opens both; they are closed after the test. */
export async function open(options: Partial<ProviderOptions> = {}): Promise<Opened> {
  const server = await startServer()
  closers.push(server.close)
  const facts: RequestFact[] = []
  const stop = new AbortController()
  const provider = await openProvider(accessTo(server.url), {
    stopping: stop.signal,
    onRequest: (fact) => facts.push(fact),
    ...options,
  })
  closers.push(() => provider.close())
  return { provider, server, facts, stop }
}

/** Access in mode sandbox to one address. */
export function accessTo(url: string): Access {
  return { mode: 'sandbox', apiUrl: url, s3Url: () => url, s3Regions: ['fr-par'], ...SANDBOX_CREDENTIALS }
}

/** Permits every write. */
export const always = (): boolean => true
