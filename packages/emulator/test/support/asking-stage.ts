import { SANDBOX_CREDENTIALS } from '../../src/index.ts'
import { GB, openStage, wire } from './stage.ts'

const { projectId: project } = SANDBOX_CREDENTIALS

/** How each API is asked for the same thing. */
export const ASK = {
  instance: {
    base: '/instance/v1/zones/fr-par-1',
    export: (id: string) => `/snapshots/${id}/export`,
    import: '/snapshots',
    importBody: { name: 'copy', project, volume_type: 'l_ssd', bucket: 'staging', key: 'k.qcow2' },
    project: 'project',
    resource: 'instance_snapshot',
    precondition: 400,
  },
  block: {
    base: '/block/v1/zones/fr-par-1',
    export: (id: string) => `/snapshots/${id}/export-to-object-storage`,
    import: '/snapshots/import-from-object-storage',
    importBody: { name: 'copy', project_id: project, bucket: 'staging', key: 'k.qcow2' },
    project: 'project_id',
    resource: 'snapshot',
    precondition: 412,
  },
} as const

/** An emulator with a bucket, and one API's words for the same wishes. */
export async function openStaged(api: 'instance' | 'block') {
  const stage = await openStage()
  const ask = ASK[api]
  stage.admin.seedBucket({ name: 'staging', region: 'fr-par' })
  const post = (path: string, body: unknown) => wire(stage.emulator, `POST ${ask.base}${path}`, body)
  const startExport = (id: string, body: unknown = { bucket: 'staging', key: 'k.qcow2' }) =>
    post(ask.export(id), body)
  const startImport = (changes: object = {}) => post(ask.import, { ...ask.importBody, ...changes })
  const snapshot = (wanted: object = {}) => stage.admin.seedSnapshot({ api, zone: 'fr-par-1', ...wanted })
  const image = (wanted: object = {}) =>
    stage.admin.seedObject({ bucket: 'staging', key: 'k.qcow2', image: { sizeBytes: 2 * GB, ...wanted } })
  return { ...stage, ask, startExport, startImport, snapshot, image }
}
