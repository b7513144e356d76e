import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { expect, onTestFinished, test } from 'vitest'
import { SANDBOX_CREDENTIALS, startEmulator } from '../src/index.ts'
import { GB, newDataDir, openStage, START_MS, wire } from './support/stage.ts'

const BLOCK = '/block/v1/zones/fr-par-1'

test('what exists, what is under way, faults, rules, log and clock outlive a restart', async () => {
  const dataDir = await newDataDir()
  const first = await openStage({ dataDir })
  first.admin.seedBucket({ name: 'staging', region: 'fr-par' })
  const { id } = first.admin.seedSnapshot({ api: 'block', zone: 'fr-par-1', sizeBytes: 2 * GB })
  await first.s3().send(new PutObjectCommand({ Bucket: 'staging', Key: 'mine', Body: 'bytes' }))
  await wire(first.emulator, `POST ${BLOCK}/snapshots/${id}/export-to-object-storage`, {
    bucket: 'staging',
    key: 'k.qcow2',
  })
  first.admin.armFault({
    match: { operation: 'DeleteSnapshot' },
    times: 'forever',
    fault: { kind: 'json-503' },
  })
  first.admin.setRules({ quotas: { snapshots: 7 } })
  await first.admin.advance(1_000)
  const before = await first.admin.census({ digests: true })
  const requests = first.admin.requests()
  await first.emulator.stop()

  const second = await openStage({ dataDir })
  expect(await second.admin.census({ digests: true })).toEqual(before)
  expect(second.admin.nowMs()).toBe(START_MS + 1_000)
  expect(second.admin.requests()).toEqual(requests)
  expect(second.admin.rules().quotas.snapshots).toBe(7)
  await second.admin.advance(600_000)
  expect((await wire(second.emulator, `GET ${BLOCK}/snapshots/${id}`)).json().status).toBe('available')
  expect(await second.admin.imageDigest({ bucket: 'staging', key: 'k.qcow2' })).toBe(
    await second.admin.digest(id),
  )
  expect((await wire(second.emulator, `DELETE ${BLOCK}/snapshots/${id}`)).status).toBe(503)
  expect(second.admin.requests().at(-1)?.n).toBeGreaterThan(requests.at(-1)!.n)
})

test('a process that is killed at any moment comes back with every answered write', async () => {
  const dataDir = await newDataDir()
  const written: string[] = []
  for (let life = 0; life < 3; life++) {
    const { child, urls } = await startProcess(dataDir)
    const client = new S3Client({
      endpoint: urls.s3Urls['fr-par']!,
      region: 'fr-par',
      forcePathStyle: true,
      maxAttempts: 1,
      credentials: {
        accessKeyId: SANDBOX_CREDENTIALS.accessKey,
        secretAccessKey: SANDBOX_CREDENTIALS.secretKey,
      },
    })
    if (life === 0)
      await fetch(`${urls.adminUrl}/seed/bucket`, {
        method: 'POST',
        body: '{"name":"staging","region":"fr-par"}',
      })
    for (const Key of written) {
      const { Body } = await client.send(new GetObjectCommand({ Bucket: 'staging', Key }))
      expect(await Body!.transformToString()).toBe(`bytes of ${Key}`)
    }
    for (let at = 0; at < 8; at++) {
      const Key = `${life}-${at}`
      await client.send(new PutObjectCommand({ Bucket: 'staging', Key, Body: `bytes of ${Key}` }))
      written.push(Key)
    }
    const late = client
      .send(new PutObjectCommand({ Bucket: 'staging', Key: 'never', Body: 'x'.repeat(3_000_000) }))
      .catch(() => {})
    child.kill('SIGKILL')
    await Promise.all([once(child, 'exit'), late])
    client.destroy()
  }
  expect(written).toHaveLength(24)
})

test('the process says on one line where it listens, refuses bad settings, and stops on SIGTERM', async () => {
  const { child, urls } = await startProcess(await newDataDir())
  expect((await fetch(`${urls.adminUrl}/census`)).status).toBe(200)
  child.kill('SIGTERM')
  expect(await once(child, 'exit')).toEqual([0, null])
  const wrong = spawnEmulator({ SNAPFERRY_EMULATOR_SPEED: 'fast', SNAPFERRY_EMULATOR_S3_PORTS: 'paris=1' })
  const said: string[] = []
  wrong.stderr?.on('data', (chunk) => said.push(String(chunk)))
  expect(await once(wrong, 'close')).toEqual([1, null])
  expect(said.join('')).toMatch(
    /SNAPFERRY_EMULATOR_DATA.*SNAPFERRY_EMULATOR_SPEED.*SNAPFERRY_EMULATOR_S3_PORTS/,
  )
})

test('a port that is taken is an error, and a second start elsewhere is fine', async () => {
  const { emulator } = await openStage()
  const port = Number(new URL(emulator.apiUrl).port)
  const options = { dataDir: await newDataDir(), drive: { mode: 'by-hand', startMs: START_MS } as const }
  await expect(startEmulator({ ...options, ports: { api: port } })).rejects.toThrow('EADDRINUSE')
  await expect(startEmulator({ ...options, ports: { s3: { 'xx-yyy': 1 } } })).rejects.toThrow('xx-yyy')
})

function spawnEmulator(env: Record<string, string>): ChildProcess {
  const bin = fileURLToPath(new URL('../src/bin.ts', import.meta.url))
  const child = spawn(process.execPath, [bin], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  return child
}

async function startProcess(dataDir: string) {
  const child = spawnEmulator({ SNAPFERRY_EMULATOR_DATA: dataDir, SNAPFERRY_EMULATOR_SPEED: '100' })
  const [line] = await once(createInterface({ input: child.stdout! }), 'line')
  const urls: { apiUrl: string; adminUrl: string; s3Urls: Record<string, string> } = JSON.parse(line)
  return { child, urls }
}
