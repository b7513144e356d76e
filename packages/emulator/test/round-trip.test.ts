import { GetObjectCommand, HeadObjectCommand } from '@aws-sdk/client-s3'
import { describe, expect, test } from 'vitest'
import { GB, MB, openStage } from './support/stage.ts'

const disk = { sizeBytes: 10 * GB, data: { bytes: 8 * MB, extents: 40, seed: 7 } }

describe('a snapshot carried by the official clients alone', () => {
  test('arrives over the Instance API with the same guest content', async () => {
    const { admin, instance, s3 } = await openStage()
    admin.seedBucket({ name: 'staging', region: 'fr-par' })
    const source = admin.seedSnapshot({ api: 'instance', zone: 'fr-par-1', ...disk })
    const { task } = await instance.exportSnapshot({
      snapshotId: source.id,
      bucket: 'staging',
      key: 'a.qcow2',
    })
    expect(task).toMatchObject({
      id: '00000000-0000-0000-0000-000000000000',
      status: 'pending',
      description: 'fake task',
    })
    const place = { Bucket: 'staging', Key: 'a.qcow2' }
    expect((await s3().send(new HeadObjectCommand(place))).ContentLength).toBe(0)
    expect((await instance.getSnapshot({ snapshotId: source.id })).snapshot?.state).toBe('exporting')
    await admin.advance(600_000)
    expect((await instance.getSnapshot({ snapshotId: source.id })).snapshot?.state).toBe('available')
    expect((await s3().send(new HeadObjectCommand(place))).ContentLength).toBeGreaterThan(8 * MB)
    const made = await instance.createSnapshot({
      zone: 'fr-par-2',
      name: 'copy',
      bucket: 'staging',
      key: 'a.qcow2',
      volumeType: 'l_ssd',
    })
    expect(made.snapshot).toMatchObject({ state: 'importing', size: 10 * GB, baseVolume: undefined })
    await admin.advance(600_000)
    const id = made.snapshot!.id
    expect((await instance.getSnapshot({ zone: 'fr-par-2', snapshotId: id })).snapshot?.state).toBe(
      'available',
    )
    expect(await admin.digest(id)).toBe(await admin.digest(source.id))
  })

  test('arrives over the Block API, and its copy exported again holds the same', async () => {
    const { admin, block, s3 } = await openStage()
    admin.seedBucket({ name: 'staging', region: 'fr-par' })
    const source = admin.seedSnapshot({ api: 'block', zone: 'fr-par-1', ...disk })
    const exporting = await block.exportSnapshotToObjectStorage({
      snapshotId: source.id,
      bucket: 'staging',
      key: 'b.qcow2',
    })
    expect(exporting.status).toBe('exporting')
    await admin.advance(600_000)
    const copy = await block.importSnapshotFromObjectStorage({
      zone: 'fr-par-2',
      name: 'copy',
      bucket: 'staging',
      key: 'b.qcow2',
    })
    expect(copy).toMatchObject({ status: 'creating', size: 10 * GB })
    await admin.advance(600_000)
    await block.exportSnapshotToObjectStorage({
      zone: 'fr-par-2',
      snapshotId: copy.id,
      bucket: 'staging',
      key: 'c.qcow2',
    })
    await admin.advance(600_000)
    expect(await admin.imageDigest({ bucket: 'staging', key: 'c.qcow2' })).toBe(await admin.digest(source.id))
    const { Body } = await s3().send(
      new GetObjectCommand({ Bucket: 'staging', Key: 'c.qcow2', Range: 'bytes=0-3' }),
    )
    expect(Buffer.from(await Body!.transformToByteArray()).toString('hex')).toBe('514649fb')
  })
})
