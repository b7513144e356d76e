import { describe, expect, test } from 'vitest'
import { SANDBOX_CREDENTIALS } from '../src/index.ts'
import { ASK, openStaged } from './support/asking-stage.ts'
import { wire } from './support/stage.ts'

const { projectId: project } = SANDBOX_CREDENTIALS

describe.each(['instance', 'block'] as const)('%s refuses to touch', (api) => {
  test('busy and used snapshots', async () => {
    const { startImport, startExport, image, snapshot, admin, emulator, ask } = await openStaged(api)
    await image()
    const { id } = snapshot()
    const remove = (one: string) => wire(emulator, `DELETE ${ask.base}/snapshots/${one}`)
    await startExport(id)
    const again = await startExport(id)
    expect([again.status, again.json()]).toMatchObject([
      409,
      { type: 'transient_state', current_state: 'exporting', resource: ask.resource },
    ])
    expect((await remove(id)).status).toBe(409)
    admin.setRules({ switches: { exportWhileExporting: 'precondition', deleteWhileBusy: 'precondition' } })
    expect((await startExport(id)).json().type).toBe('precondition_failed')
    expect([(await remove(id)).status, (await startExport(id)).status]).toEqual([
      ask.precondition,
      ask.precondition,
    ])
    admin.setRules({ switches: { deleteWhileBusy: 'transient-409' } })
    await admin.advance(600_000)
    const copy = (await startImport()).json()
    expect((await remove((copy.snapshot ?? copy).id)).json().current_state).toBe(
      api === 'block' ? 'creating' : 'importing',
    )
    await admin.turn({ id, state: 'locked' })
    expect((await remove(id)).json().precondition).toBe('protected_resource')
    await admin.turn({ id, state: 'available' })
    expect([(await remove(id)).status, (await remove(id)).status]).toEqual([204, 404])
  })

  test('the volume of a snapshot that is being taken', async () => {
    const { admin, emulator, ask } = await openStaged(api)
    const { id } = admin.seedVolume({ api, zone: 'fr-par-1' })
    const body = { volume_id: id, name: 's', [ask.project]: project }
    const take = () => wire(emulator, `POST ${ask.base}/snapshots`, body)
    expect((await take()).status).toBeLessThan(300)
    expect((await take()).json()).toMatchObject({ type: 'transient_state', current_state: 'snapshotting' })
    await admin.advance(60_000)
    expect((await take()).status).toBeLessThan(300)
  })
})

test('a Block snapshot in use is exported, goes back to in use, and is not deleted', async () => {
  const { startExport, snapshot, admin, emulator, ask } = await openStaged('block')
  const { id } = snapshot({ state: 'in_use' })
  expect((await startExport(id)).json().status).toBe('exporting')
  await admin.advance(600_000)
  const after = await wire(emulator, `GET ${ask.base}/snapshots/${id}`)
  expect(after.json()).toMatchObject({
    status: 'in_use',
    references: [{ product_resource_type: 'instance_image' }],
  })
  const removed = await wire(emulator, `DELETE ${ask.base}/snapshots/${id}`)
  expect([removed.status, removed.json().help_message]).toEqual([
    412,
    'Snapshot is currently in use, deletion is not permitted.',
  ])
})

test('Instance does not take snapshots of Block volumes', async () => {
  const { admin, emulator } = await openStaged('instance')
  const { id } = admin.seedVolume({ api: 'block', zone: 'fr-par-1' })
  const { status, json } = await wire(emulator, `POST ${ASK.instance.base}/snapshots`, {
    volume_id: id,
    project,
  })
  expect([status, json().details]).toMatchObject([
    400,
    [{ argument_name: 'volume_type', help_message: 'volume_type is not a valid value' }],
  ])
})
