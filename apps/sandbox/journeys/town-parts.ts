import { join } from 'node:path'
import { type Api, compose } from '@snapferry/api'
import { type Credential, type Emulator, SANDBOX_CREDENTIAL, startEmulator } from '@snapferry/emulator'
import { type Access, readAccess } from '@snapferry/scaleway'

const BUCKETS = { 'fr-par': 'staging' }

/** Starts the provider on a clock that only the test moves, with the bucket of the towns. */
export async function openEmulator(
  folder: string,
  keys: readonly Credential[] = [SANDBOX_CREDENTIAL],
): Promise<Emulator> {
  const emulator = await startEmulator({
    dataDir: join(folder, 'provider'),
    drive: { mode: 'by-hand', startMs: Date.now() },
    credentials: keys,
  })
  emulator.admin.seedBucket({ region: 'fr-par', name: BUCKETS['fr-par'] })
  return emulator
}

/** How a town reaches the provider. */
export function accessTo(emulator: Emulator, key?: Credential): Access {
  const s3 = Object.entries(emulator.s3Urls).map(([region, url]) => `${region}=${url}`)
  const read = readAccess(
    {
      SNAPFERRY_MODE: 'sandbox',
      SNAPFERRY_EMULATOR_URL: emulator.apiUrl,
      SNAPFERRY_EMULATOR_S3: s3.join(','),
    },
    () => '',
  )
  if (!read.ok) throw new Error(read.failure.join('\n'))
  const { accessKey, secretKey } = key ?? SANDBOX_CREDENTIAL
  return { ...read.value, accessKey, secretKey }
}

/** How long API and workers wait for the provider, as both are tuned with it. */
export interface Limits {
  readonly provider: { readonly readMs?: number; readonly writeMs?: number; readonly bucketKnownMs: number }
}

/** Starts an API as a town has it; throws what its first look at Redis found wrong. */
export async function openApi(
  { access, redisUrl, install }: { access: Access; redisUrl: string; install: string },
  limits: Limits = { provider: { bucketKnownMs: 0 } },
): Promise<Api> {
  const local = { host: '127.0.0.1', port: 0 }
  const config = {
    access,
    redisUrl,
    allowVolatile: false,
    install,
    prefix: 'snapferry',
    buckets: BUCKETS,
    apiKey: null,
    api: local,
    metrics: local,
    ratePerMinute: 1_000_000,
    logLevel: 'silent',
    revision: 'test',
  } as const
  const api = await compose(config, limits)
  const wrong = await api.firstLook
  if (wrong === null) return api
  await api[Symbol.asyncDispose]()
  throw new Error(wrong.join('\n'))
}
