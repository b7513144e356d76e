import type { Fault } from '../../src/index.ts'
import { GB, openStage, wire } from './stage.ts'

export const BLOCK = '/block/v1/zones/fr-par-1'
export const INSTANCE = '/instance/v1/zones/fr-par-1'
export const place = { bucket: 'staging', key: 'k.qcow2' }

/** An emulator with a bucket and one snapshot, and ways to spoil what becomes of it. */
export async function openFaulty(api: 'instance' | 'block' = 'block') {
  const stage = await openStage()
  stage.admin.seedBucket({ name: 'staging', region: 'fr-par' })
  const { id } = stage.admin.seedSnapshot({ api, zone: 'fr-par-1', sizeBytes: 2 * GB })
  const base = api === 'block' ? BLOCK : INSTANCE
  const exportPath = `${base}/snapshots/${id}/export${api === 'block' ? '-to-object-storage' : ''}`
  const get = async (one: string = id) => (await wire(stage.emulator, `GET ${base}/snapshots/${one}`)).json()
  /** Spoils one export, or none, and lets it end. */
  const exportWith = async (fault: Fault | null) => {
    const match = { api, operation: 'ExportSnapshot', resourceId: id }
    if (fault !== null) stage.admin.armFault({ match, fault })
    await wire(stage.emulator, `POST ${exportPath}`, place)
    await stage.admin.advance(600_000)
  }
  /** Spoils one import of a good image, lets it end and answers the copy. */
  const importWith = async (fault: Fault) => {
    await stage.admin.seedObject({ ...place, image: { sizeBytes: 2 * GB } })
    stage.admin.armFault({ match: { api, operation: 'ImportSnapshot' }, fault })
    const path = api === 'block' ? `${BLOCK}/snapshots/import-from-object-storage` : `${INSTANCE}/snapshots`
    const made = (
      await wire(stage.emulator, `POST ${path}`, { ...place, name: 'copy', project: PROJECT })
    ).json()
    await stage.admin.advance(600_000)
    return (made.snapshot ?? made).id as string
  }
  const objects = async () => (await stage.admin.census()).filter((one) => one.kind === 'object')
  return { ...stage, id, get, exportWith, importWith, objects, exportPath }
}

export const PROJECT = '6e1f0b52-93a4-4f0c-8a2b-5d7c9e3f4a02'
