import type { ImageJudge, ImageLooks, SnapshotLooks } from '@snapferry/migration'
import { openTelemetry } from '@snapferry/telemetry'
import { openApp } from './app.ts'
import { pause } from './pause.ts'

/** The OpenAPI document of this API, made without anything to serve: whatever a route would ask for is refused. */
export async function openapiDocument(): Promise<object> {
  const nobody = () => Promise.reject(new Error('this app only describes itself'))
  const snapshots = (backend: 'instance' | 'block'): SnapshotLooks => ({
    backend,
    find: nobody,
    findVolume: nobody,
    tagged: nobody,
  })
  const images: ImageLooks = { bucket: nobody, list: nobody, head: nobody, read: nobody }
  const judge: ImageJudge = { judge: nobody, images: nobody }
  const app = await openApp({
    mode: 'sandbox',
    journal: {
      clock: nobody,
      create: nobody,
      read: nobody,
      append: nobody,
      events: nobody,
      list: nobody,
      apiKeys: { put: nobody, find: nobody },
      budgets: { list: nobody, set: nobody, page: nobody, hold: nobody, free: nobody },
      holds: {
        list: nobody,
        put: nobody,
        lift: nobody,
        standing: nobody,
        probe: nobody,
        wakeLifted: nobody,
        worked: nobody,
      },
    },
    audit: { write: nobody },
    sweeps: { wish: nobody, pending: nobody, newest: nobody, found: nobody, places: nobody },
    catalogue: { get: nobody, adopt: nobody },
    limits: { settings: nobody, replace: nobody, putHold: nobody, liftHold: nobody, under: nobody },
    confirming: { kept: nobody },
    queue: { add: nobody },
    looks: { instance: snapshots('instance'), block: snapshots('block'), images, judge },
    defaults: { profile: 'default', install: 'default', prefix: 'snapferry', projectId: '', buckets: {} },
    telemetry: openTelemetry({ service: 'api', level: 'silent', build: { version: '', revision: '' } }),
    program: { version: '', revision: '' },
    gate: { state: () => ({ kind: 'waiting', text: '' }), clockSkewMs: nobody },
    pause,
    entropy: () => new Uint8Array(32),
    dice: () => 0,
    firstKeyHash: null,
    ratePerMinute: 1,
    stopping: new AbortController().signal,
  })
  const document = app.swagger()
  await app.close()
  return document
}
