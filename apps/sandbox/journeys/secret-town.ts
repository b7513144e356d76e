import { randomBytes, randomUUID } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Emulator, SANDBOX_CREDENTIAL, startEmulator } from '@snapferry/emulator'
import { POLICY } from '@snapferry/migration'
import { type OwnRedis, openJournal, openRedis, startOwnRedis } from '@snapferry/redis'
import { type WatchedProcess, watchProcess } from './watched-process.ts'

const token = (bytes: number) => randomBytes(bytes).toString('base64url')

/** What nobody outside may ever read, each recognisable. */
export function plantedSecrets() {
  return {
    // An access key id only names who asks, but half of a pair is not handed out: with us nobody needs to read it.
    'the access key': `SCW${randomBytes(9).toString('hex').toUpperCase().slice(0, 17)}`,
    'the secret key': randomUUID(),
    'the password of Redis': `${token(12)}/+@ ${token(6)}`,
    'a word in the URL of Redis': token(18),
    'the API key': `key_${token(24)}`,
    'a stranger’s API key': `key_${token(24)}`,
    'an Idempotency-Key': `order-${token(18)}`,
    'a cookie': token(18),
    'a token in a header': randomUUID(),
    'a key in the query': token(18),
    'a field of a body': token(18),
    'the secret of a signed URL': randomBytes(32).toString('hex'),
  }
}

/** Who keeps which secret. */
export type Planted = ReturnType<typeof plantedSecrets>

/** The programs as an operator runs them against the provider, on real time, with secrets wherever one can be given. */
export interface SecretTown extends AsyncDisposable {
  readonly emulator: Emulator
  readonly redis: OwnRedis
  readonly redisDir: string
  readonly api: WatchedProcess
  readonly worker: WatchedProcess
  readonly apiUrl: string
  readonly metricsUrls: readonly string[]
  /** What both programs are started with. */
  readonly env: Readonly<Record<string, string>>
  /** Has every migration looked at now. */
  wake(): Promise<void>
}

const QUICK = { baseMs: 20, perGigabyteMs: 0 }
const QUICK_WORK = {
  snapshot: QUICK,
  export: QUICK,
  import: QUICK,
  volume: QUICK,
  answerExportMs: 0,
  answerImportMs: 0,
}

/** Starts provider, Redis, API and worker; each program has one of the two keys in a file, the other in its environment. */
export async function openSecretTown(secrets: Planted): Promise<SecretTown> {
  const folder = await mkdtemp(join(tmpdir(), 'snapferry-secrets-'))
  const accessKey = secrets['the access key']
  const secretKey = secrets['the secret key']
  const emulator = await startEmulator({
    dataDir: join(folder, 'provider'),
    drive: { mode: 'by-itself', speed: 1 },
    credentials: [{ ...SANDBOX_CREDENTIAL, accessKey, secretKey }],
    durations: { instance: QUICK_WORK, block: QUICK_WORK },
  })
  emulator.admin.seedBucket({ region: 'fr-par', name: 'staging' })
  const redisDir = join(folder, 'redis')
  const password = secrets['the password of Redis']
  const redis = await startOwnRedis({ dir: redisDir, aof: true, fsync: 'always', password })
  const fileWith = async (name: string, text: string) => {
    await writeFile(join(folder, name), `${text}\n`)
    return join(folder, name)
  }
  const env = {
    SNAPFERRY_MODE: 'armed',
    SCW_DEFAULT_PROJECT_ID: SANDBOX_CREDENTIAL.projectId,
    SCW_API_URL: emulator.apiUrl,
    SCW_S3_ENDPOINT: emulator.s3Urls['fr-par'] ?? '',
    REDIS_URL: `${redis.url}/0?note=${secrets['a word in the URL of Redis']}`,
    SNAPFERRY_METRICS_PORT: '0',
    SNAPFERRY_LOG_LEVEL: 'trace',
  }
  const api = watchProcess('api', {
    ...env,
    SCW_ACCESS_KEY: accessKey,
    SCW_SECRET_KEY_FILE: await fileWith('secret-key', secretKey),
    SNAPFERRY_API_KEY_FILE: await fileWith('api-key', secrets['the API key']),
    SNAPFERRY_API_PORT: '0',
    SNAPFERRY_BUCKETS: 'fr-par=staging',
  })
  const worker = watchProcess('worker', {
    ...env,
    SCW_ACCESS_KEY_FILE: await fileWith('access-key', accessKey),
    SCW_SECRET_KEY: secretKey,
  })
  const started = await Promise.all([api.ready(), worker.ready()]).catch(async (cause) => {
    await Promise.all([api.stop(), worker.stop()])
    await emulator.stop()
    await redis.stop()
    await rm(folder, { recursive: true, force: true })
    throw cause
  })
  const client = openRedis(redis.url, 'worker')
  const journal = openJournal(client, {
    install: 'default',
    sandbox: false,
    leftoverRetryMs: POLICY.leftoverRetryMs,
  })
  return {
    emulator,
    redis,
    redisDir,
    api,
    worker,
    apiUrl: String(started[0]['url']),
    metricsUrls: started.map(({ metricsUrl }) => String(metricsUrl)),
    env,
    async wake() {
      const { now } = await journal.clock()
      await journal.nudge([...(await journal.overdue(now + POLICY.reminderMs, 1_000))])
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([api.stop(), worker.stop()])
      client.disconnect()
      await emulator.stop()
      await redis.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
