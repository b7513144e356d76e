import { readdirSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { PutObjectCommand } from '@aws-sdk/client-s3'
import { anything, assert, asyncProperty, constantFrom, dictionary, string } from 'fast-check'
import { expect, test } from 'vitest'
import { SANDBOX_CREDENTIALS } from '../src/index.ts'
import { GB, openStage, wire } from './support/stage.ts'

/** Sends exactly this path; fetch would tidy it up. */
function bare(
  url: string,
  method: string,
  path: string,
  headers: Record<string, string> = {},
): Promise<number> {
  return new Promise((resolve, reject) => {
    const call = request(url, { method, path, headers }, (response) => {
      response.resume().once('end', () => resolve(response.statusCode ?? 0))
    })
    call.once('error', reject).end()
  })
}

const METHODS = ['GET', 'PUT', 'POST', 'DELETE', 'HEAD', 'PATCH'] as const
const PATHS = [
  '/',
  '//',
  '/%',
  '/%E0%A4%A',
  '/b/%00',
  '/?',
  '/?list-type=2',
  '/b?uploads',
  '/b/..%2f..',
  '/admin%2f',
  '/instance/v1',
  '/block/v1/zones//snapshots',
]

test.each(PATHS)('the path %s is answered, and with no error of the emulator itself', async (path) => {
  const { emulator } = await openStage()
  const token = { 'X-Auth-Token': SANDBOX_CREDENTIALS.secretKey }
  for (const method of METHODS) {
    for (const url of [emulator.apiUrl, emulator.s3Urls['fr-par']!]) {
      const status = await bare(url, method, path, token)
      expect(status).toBeGreaterThanOrEqual(400)
      expect(status).toBeLessThan(500)
    }
  }
})

test('no body makes a snapshot API fall over', async () => {
  const { emulator, admin } = await openStage()
  const volume = admin.seedVolume({ api: 'block', zone: 'fr-par-1' })
  const { id } = admin.seedSnapshot({ api: 'block', zone: 'fr-par-1', volume: volume.id })
  const lines = [
    'POST /instance/v1/zones/fr-par-1/snapshots',
    'POST /instance/v1/zones/fr-par-1/volumes',
    'POST /block/v1/zones/fr-par-1/snapshots',
    'POST /block/v1/zones/fr-par-1/volumes',
    'POST /block/v1/zones/fr-par-1/snapshots/import-from-object-storage',
    `POST /block/v1/zones/fr-par-1/snapshots/${id}/export-to-object-storage`,
    `PATCH /block/v1/zones/fr-par-1/snapshots/${id}`,
    `PATCH /block/v1/zones/fr-par-1/volumes/${volume.id}`,
  ] as const
  const names = constantFrom(
    'name',
    'tags',
    'bucket',
    'key',
    'size',
    'project',
    'project_id',
    'volume_id',
    'from_empty',
    'from_snapshot',
    'public',
    'constructor',
    '__proto__',
  )
  await assert(
    asyncProperty(constantFrom(...lines), dictionary(names, anything()), async (line, body) => {
      const text = JSON.stringify(body, (_, value) => (typeof value === 'bigint' ? String(value) : value))
      expect((await wire(emulator, line, text)).status).toBeLessThan(500)
    }),
    { numRuns: 200 },
  )
})

test('any key an AWS client can send is stored and listed as it was', async () => {
  const { admin, s3 } = await openStage()
  admin.seedBucket({ name: 'keys', region: 'fr-par' })
  const client = s3()
  const keys = string({ minLength: 1, maxLength: 40, unit: 'grapheme' }).filter(
    (key) => !/^\/|\/\/|(^|\/)\.\.?(\/|$)/.test(key),
  )
  await assert(
    asyncProperty(keys, async (Key) => {
      await client.send(new PutObjectCommand({ Bucket: 'keys', Key, Body: 'x' }))
      expect((await admin.census()).map((one) => one.name)).toContain(Key)
    }),
    { numRuns: 40 },
  )
})

test('an upload that breaks off leaves the old object, and no bytes behind', async () => {
  const { admin, s3, dataDir } = await openStage()
  admin.seedBucket({ name: 'keys', region: 'fr-par' })
  await s3().send(new PutObjectCommand({ Bucket: 'keys', Key: 'k', Body: 'old' }))
  const files = () => readdirSync(join(dataDir, 'blobs'))
  const before = files()
  const half = new PassThrough()
  half.write(Buffer.alloc(100_000, 1))
  const cut = new AbortController()
  const put = new PutObjectCommand({ Bucket: 'keys', Key: 'k', Body: half, ContentLength: 200_000 })
  const sent = s3().send(put, { abortSignal: cut.signal })
  await expect.poll(() => files().length).toBe(before.length + 1)
  cut.abort()
  await expect(sent).rejects.toThrow()
  await expect.poll(files).toEqual(before)
  await expect.poll(() => admin.counts()).toMatchObject({ 's3 PutObject 200': 1, 's3 PutObject 499': 1 })
  expect((await admin.census()).find((one) => one.name === 'k')).toMatchObject({ sizeBytes: 3 })
})

test('a disk of 1 TB with little in it is exported, imported and digested in moments', async () => {
  const { admin, emulator } = await openStage()
  admin.seedBucket({ name: 'keys', region: 'fr-par' })
  const wanted = { sizeBytes: 1000 * GB, data: { bytes: 500_000, extents: 20 } }
  const { id } = admin.seedSnapshot({ api: 'block', zone: 'fr-par-1', ...wanted })
  const place = { bucket: 'keys', key: 'k.qcow2' }
  await wire(emulator, `POST /block/v1/zones/fr-par-1/snapshots/${id}/export-to-object-storage`, place)
  await admin.advance(1_000_000)
  const copy = await wire(emulator, 'POST /block/v1/zones/fr-par-1/snapshots/import-from-object-storage', {
    ...place,
    name: 'c',
  })
  await admin.advance(1_000_000)
  expect(await admin.digest(copy.json().id)).toBe(await admin.digest(id))
})
