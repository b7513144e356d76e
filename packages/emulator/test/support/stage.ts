import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { S3Client } from '@aws-sdk/client-s3'
import { Blockv1, createClient, Instancev1 } from '@scaleway/sdk'
import { onTestFinished } from 'vitest'
import { type Emulator, type EmulatorOptions, SANDBOX_CREDENTIALS, startEmulator } from '../../src/index.ts'

/** Where emulated time begins in tests. */
export const START_MS = Date.parse('2026-09-01T10:00:00Z')

export const GB = 1_000_000_000
export const MB = 1_000_000

/** An emulator of its own for one test, by hand unless said otherwise, stopped and swept away at the test's end. */
export async function openStage(options: Partial<EmulatorOptions> = {}) {
  const dataDir = options.dataDir ?? (await newDataDir())
  const emulator = await startEmulator({ dataDir, drive: { mode: 'by-hand', startMs: START_MS }, ...options })
  onTestFinished(() => emulator.stop())
  return { dataDir, emulator, admin: emulator.admin, ...clientsOf(emulator) }
}

/** A folder that goes when the test ends. */
export async function newDataDir(): Promise<string> {
  const dataDir = await mkdtemp(join(tmpdir(), 'snapferry-emulator-'))
  onTestFinished(() => rm(dataDir, { recursive: true, force: true }))
  return dataDir
}

/** The official clients, pointed at the emulator. */
export function clientsOf(emulator: Emulator) {
  const client = createClient({
    apiURL: emulator.apiUrl,
    accessKey: SANDBOX_CREDENTIALS.accessKey,
    secretKey: SANDBOX_CREDENTIALS.secretKey,
    defaultProjectId: SANDBOX_CREDENTIALS.projectId,
    defaultOrganizationId: SANDBOX_CREDENTIALS.organizationId,
    defaultZone: 'fr-par-1',
    defaultRegion: 'fr-par',
  })
  const s3 = (
    region = 'fr-par',
    accessKey: string = SANDBOX_CREDENTIALS.accessKey,
    secretAccessKey: string = SANDBOX_CREDENTIALS.secretKey,
  ) => {
    const opened = new S3Client({
      endpoint: emulator.s3Urls[region]!,
      region,
      forcePathStyle: true,
      credentials: { accessKeyId: accessKey, secretAccessKey },
      maxAttempts: 1,
    })
    onTestFinished(() => opened.destroy())
    return opened
  }
  return { instance: new Instancev1.API(client), block: new Blockv1.API(client), s3 }
}

/** A bare call to the API with the sandbox's token, for what only the wire shows. */
export async function wire(
  emulator: Emulator,
  line: string,
  body?: unknown,
  headers: Record<string, string> = {},
) {
  const [method = 'GET', path = '/'] = line.split(' ')
  const response = await fetch(`${emulator.apiUrl}${path}`, {
    method,
    headers: { 'X-Auth-Token': SANDBOX_CREDENTIALS.secretKey, ...headers },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  const text = await response.text()
  return { status: response.status, headers: response.headers, text, json: () => JSON.parse(text) }
}
