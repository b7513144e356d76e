import { describe, expect, test } from 'vitest'
import { GB, openStage } from './support/stage.ts'

type Stage = Awaited<ReturnType<typeof openStage>>
type Clients = Pick<Stage, 'instance' | 'block'>

/** The same conversation with both official clients, each in its own words. */
const APIS = {
  instance: {
    list: async ({ instance }: Clients) =>
      (await instance.listSnapshots({ perPage: 3 }).all()).map((one) => one.id),
    get: async ({ instance }: Clients, id: string) => {
      const { snapshot } = await instance.getSnapshot({ snapshotId: id })
      return {
        id: snapshot!.id,
        word: snapshot!.state,
        name: snapshot!.name,
        tags: snapshot!.tags,
        size: snapshot!.size,
      }
    },
    take: async ({ instance }: Clients, volumeId: string) =>
      (await instance.createSnapshot({ volumeId, name: 'taken', tags: ['a'] })).snapshot!.id,
    rename: ({ instance }: Clients, id: string) =>
      instance.updateSnapshot({ snapshotId: id, name: 'new', tags: ['b', 'c'] }),
    export: ({ instance }: Clients, id: string) =>
      instance.exportSnapshot({ snapshotId: id, bucket: 'staging', key: 'k.qcow2' }),
    import: async ({ instance }: Clients, size?: number) =>
      (
        await instance.createSnapshot({
          name: 'copy',
          ...(size === undefined ? {} : { size }),
          volumeType: 'l_ssd',
          bucket: 'staging',
          key: 'k.qcow2',
        })
      ).snapshot!.id,
    wait: async ({ instance }: Clients, id: string) =>
      (await instance.waitForSnapshot({ snapshotId: id }, WAIT)).state,
    remove: ({ instance }: Clients, id: string) => instance.deleteSnapshot({ snapshotId: id }),
    volumes: async ({ instance }: Clients) =>
      (await instance.listVolumes({ perPage: 2 }).all()).map((one) => one.id),
  },
  block: {
    list: async ({ block }: Clients) =>
      (await block.listSnapshots({ pageSize: 3, includeDeleted: false }).all()).map((one) => one.id),
    get: async ({ block }: Clients, id: string) => {
      const snapshot = await block.getSnapshot({ snapshotId: id })
      return {
        id: snapshot.id,
        word: snapshot.status,
        name: snapshot.name,
        tags: snapshot.tags,
        size: snapshot.size,
      }
    },
    take: async ({ block }: Clients, volumeId: string) =>
      (await block.createSnapshot({ volumeId, name: 'taken', tags: ['a'] })).id,
    rename: ({ block }: Clients, id: string) =>
      block.updateSnapshot({ snapshotId: id, name: 'new', tags: ['b', 'c'] }),
    export: ({ block }: Clients, id: string) =>
      block.exportSnapshotToObjectStorage({ snapshotId: id, bucket: 'staging', key: 'k.qcow2' }),
    import: async ({ block }: Clients, size?: number) =>
      (
        await block.importSnapshotFromObjectStorage({
          ...(size === undefined ? {} : { size }),
          name: 'copy',
          bucket: 'staging',
          key: 'k.qcow2',
        })
      ).id,
    wait: async ({ block }: Clients, id: string) =>
      (await block.waitForSnapshot({ snapshotId: id }, WAIT)).status,
    remove: ({ block }: Clients, id: string) => block.deleteSnapshot({ snapshotId: id }),
    volumes: async ({ block }: Clients) =>
      (await block.listVolumes({ pageSize: 2, includeDeleted: false }).all()).map((one) => one.id),
  },
} as const

/** The client's shortest wait, in its seconds. */
const WAIT = { minDelay: 1, maxDelay: 1, timeout: 20 }

describe.each(['instance', 'block'] as const)('the official %s client', (api) => {
  const words = APIS[api]

  test('lists every snapshot and volume over several pages', async () => {
    const stage = await openStage()
    const seeded = Array.from({ length: 8 }, () => stage.admin.seedSnapshot({ api, zone: 'fr-par-1' }).id)
    const volumes = Array.from({ length: 5 }, () => stage.admin.seedVolume({ api, zone: 'fr-par-1' }).id)
    stage.admin.seedSnapshot({ api, zone: 'fr-par-2' })
    expect((await words.list(stage)).sort()).toEqual(seeded.sort())
    expect((await words.volumes(stage)).sort()).toEqual(volumes.sort())
  })

  test('takes, waits, renames, exports, imports and deletes while the clock runs by itself', async () => {
    const stage = await openStage({ drive: { mode: 'by-itself', speed: 400 } })
    stage.admin.seedBucket({ name: 'staging', region: 'fr-par' })
    const volume = stage.admin.seedVolume({ api, zone: 'fr-par-1', sizeBytes: 2 * GB })
    const taken = await words.take(stage, volume.id)
    expect(await words.wait(stage, taken)).toBe('available')
    await words.rename(stage, taken)
    expect(await words.get(stage, taken)).toMatchObject({ name: 'new', tags: ['b', 'c'], size: 2 * GB })
    await words.export(stage, taken)
    expect(await words.wait(stage, taken)).toBe('available')
    const copy = await words.import(stage)
    expect(await words.wait(stage, copy)).toBe('available')
    expect(await stage.admin.digest(copy)).toBe(await stage.admin.digest(volume.id))
    await words.remove(stage, copy)
    await expect(words.get(stage, copy)).rejects.toMatchObject({ name: 'ResourceNotFoundError', status: 404 })
  })

  test('sees an export that is stuck until an admin ends it', async () => {
    const stage = await openStage()
    stage.admin.seedBucket({ name: 'staging', region: 'fr-par' })
    const { id } = stage.admin.seedSnapshot({ api, zone: 'fr-par-1' })
    stage.admin.armFault({ match: { api, operation: 'ExportSnapshot' }, fault: { kind: 'stuck-exporting' } })
    await words.export(stage, id)
    await stage.admin.advance(1_000_000_000)
    expect((await words.get(stage, id)).word).toBe('exporting')
    await stage.admin.turn({ id, finish: true })
    expect((await words.get(stage, id)).word).toBe('available')
  })

  const ERRORS = [
    [{ kind: 'empty-429' }, 'ScalewayError', 429],
    [{ kind: 'html-502' }, 'ScalewayError', 502],
    [{ kind: 'json-503' }, 'ScalewayError', 503],
    [{ kind: 'internal-500' }, 'ScalewayError', 500],
    [{ kind: 'quota-403' }, 'QuotasExceededError', 403],
    [{ kind: 'permissions-403' }, 'PermissionsDeniedError', 403],
    [{ kind: 'unauthenticated-401' }, 'DeniedAuthenticationError', 401],
    [{ kind: 'transient-409' }, 'TransientStateError', 409],
    [{ kind: 'precondition-412' }, 'PreconditionFailedError', 412],
    [{ kind: 'precondition-400' }, 'PreconditionFailedError', 400],
    [{ kind: 'not-found' }, 'ResourceNotFoundError', 404],
  ] as const

  test.each(ERRORS)('reads the fault %o as %s with status %i', async (fault, name, status) => {
    const stage = await openStage()
    const { id } = stage.admin.seedSnapshot({ api, zone: 'fr-par-1' })
    stage.admin.armFault({ match: { api, operation: 'GetSnapshot' }, fault })
    await expect(words.get(stage, id)).rejects.toMatchObject({ name, status })
    expect((await words.get(stage, id)).id).toBe(id)
  })

  test("reads a refused image as an error with the provider's words, and a bad size as invalid arguments", async () => {
    const stage = await openStage()
    stage.admin.seedBucket({ name: 'staging', region: 'fr-par' })
    const place = { bucket: 'staging', key: 'k.qcow2' }
    await stage.admin.seedObject({ ...place, image: { sizeBytes: 2 * GB, damage: 'encrypted' } })
    const message = 'http error 400: The provided QCOW2 file is encrypted'
    await expect(words.import(stage)).rejects.toMatchObject({ name: 'ScalewayError', status: 400, message })
    await stage.admin.seedObject({ ...place, image: { sizeBytes: 2 * GB } })
    await expect(words.import(stage, GB)).rejects.toMatchObject({
      name: 'InvalidArgumentsError',
      status: 400,
    })
  })
})
