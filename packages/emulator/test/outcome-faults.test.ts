import { GetObjectCommand } from '@aws-sdk/client-s3'
import { judgeHeader } from '@snapferry/qcow2'
import { describe, expect, test } from 'vitest'
import type { Fault } from '../src/index.ts'
import { BLOCK, INSTANCE, openFaulty, PROJECT, place } from './support/faulty-stage.ts'
import { GB, wire } from './support/stage.ts'

describe.each(['instance', 'block'] as const)('what a spoiled %s export leaves', (api) => {
  test.each([
    [{ kind: 'export-leaves-nothing' }, []],
    [{ kind: 'export-leaves-placeholder' }, [0]],
  ] as [Fault, number[]][])('%o', async (fault, lengths) => {
    const { exportWith, objects, get } = await openFaulty(api)
    await exportWith(fault)
    expect((await objects()).map((one) => one.bytes)).toEqual(lengths)
    expect((await get()).snapshot?.state ?? (await get()).status).toBe('available')
  })

  test('a truncated image is as much shorter as the fault says', async () => {
    const { exportWith, objects } = await openFaulty(api)
    await exportWith(null)
    const whole = (await objects())[0]!.bytes
    await exportWith({ kind: 'export-truncated', bytes: 100_000 })
    expect((await objects())[0]!.bytes).toBe(whole - 100_000)
  })

  test.each([
    [{ kind: 'export-bad-image' }, 'not-qcow2'],
    [{ kind: 'export-zstd' }, 'unsupported-compression'],
    [{ kind: 'export-encrypted' }, 'encrypted'],
    [{ kind: 'export-backing' }, 'backing-chain'],
    [{ kind: 'export-bad-image', as: 'dirty' }, 'dirty'],
    [{ kind: 'export-bad-image', as: 'unknown-feature' }, 'unknown-feature'],
  ] as [Fault, string][])('%o breaks the rule %s', async (fault, rule) => {
    const { exportWith, s3 } = await openFaulty(api)
    await exportWith(fault)
    const { Body } = await s3().send(
      new GetObjectCommand({ Bucket: 'staging', Key: 'k.qcow2', Range: 'bytes=0-65535' }),
    )
    expect(judgeHeader(await Body!.transformToByteArray())).toMatchObject({ good: false, rule })
  })

  test('an export that ends in error still bears its reason where there is a field for one', async () => {
    const { exportWith, get } = await openFaulty(api)
    await exportWith({ kind: 'export-ends-in', state: 'error', details: 'disk on fire' })
    const after = await get()
    if (api === 'instance')
      expect(after.snapshot).toMatchObject({ state: 'error', error_details: 'disk on fire' })
    else expect(after).toMatchObject({ status: 'error' })
  })
})

describe('what a spoiled import comes to', () => {
  test("a state of the fault's choice, with its reason", async () => {
    const { importWith, get } = await openFaulty('instance')
    const id = await importWith({ kind: 'import-ends-in', state: 'invalid_data', details: 'bad cluster' })
    expect((await get(id)).snapshot).toMatchObject({ state: 'invalid_data', error_details: 'bad cluster' })
  })

  test.each([
    [{ kind: 'turn-locked' }, 'locked'],
    [{ kind: 'turn-in-use' }, 'in_use'],
    [{ kind: 'stuck-importing' }, 'creating'],
  ] as [Fault, string][])('%o ends as %s', async (fault, word) => {
    const { importWith, get } = await openFaulty()
    expect((await get(await importWith(fault))).status).toBe(word)
  })

  test('a zeroed copy looks perfect, and its content is not', async () => {
    const { importWith, get, admin } = await openFaulty()
    const id = await importWith({ kind: 'import-zeroed-copy' })
    expect(await get(id)).toMatchObject({ status: 'available', size: 2 * GB })
    expect(await admin.digest(id)).not.toBe(await admin.imageDigest(place))
    expect((await admin.census()).find((one) => one.id === id)?.bytes).toBe(0)
  })

  test('a copy of the wrong size', async () => {
    const { importWith, get } = await openFaulty()
    expect((await get(await importWith({ kind: 'import-wrong-size', bytes: GB }))).size).toBe(GB)
    expect((await get(await importWith({ kind: 'import-wrong-size', bytes: 3 * GB }))).size).toBe(3 * GB)
  })

  test('a copy that is not found for a while after its create', async () => {
    const { importWith, emulator, admin } = await openFaulty()
    const id = await importWith({ kind: 'not-found-after-create', forMs: 700_000 })
    const status = async () => (await wire(emulator, `GET ${BLOCK}/snapshots/${id}`)).status
    expect(await status()).toBe(404)
    await admin.advance(100_000)
    expect(await status()).toBe(200)
  })

  test.each(['instance', 'block'] as const)(
    'without any fault: a truncated image ends the %s import as bad data',
    async (api) => {
      const { emulator, admin, get } = await openFaulty(api)
      await admin.seedObject({ ...place, image: { sizeBytes: 2 * GB, cutBytes: 100_000 } })
      const path = api === 'block' ? `${BLOCK}/snapshots/import-from-object-storage` : `${INSTANCE}/snapshots`
      const made = (await wire(emulator, `POST ${path}`, { ...place, name: 'copy', project: PROJECT })).json()
      await admin.advance(600_000)
      const after = await get((made.snapshot ?? made).id)
      if (api === 'instance')
        expect(after.snapshot).toMatchObject({
          state: 'invalid_data',
          error_details: expect.stringContaining('truncated'),
        })
      else expect(after.status).toBe('error')
    },
  )
})
