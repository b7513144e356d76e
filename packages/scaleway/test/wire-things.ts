import { bytes, type Item, migrationId, type Owner, type Region, zone } from '@snapferry/migration'

/** Things on the wire and in our words, sensible unless a test says otherwise. */
export const ID = 'b7d2f9c4-1e63-4b8a-a5c0-93f7e6d8b203'
export const PROJECT = '6e1f0b52-93a4-4f0c-8a2b-5d7c9e3f4a02'
export const ZONE = zone('fr-par-1')
export const REGION = 'fr-par' as Region
export const MIGRATION = migrationId('mig_abcdefghijklmnopqrstuvwxyz')
export const OWNER: Owner = { install: 'default', prefix: 'snapferry', migration: MIGRATION }
export const WIP = `snapferry:wip=default.${MIGRATION}.3`
export const AT = { zone: ZONE, id: ID }

export const instanceSnapshot = (changed: object = {}) => ({
  id: ID,
  name: 'web-root-2026-09-01',
  volume_type: 'l_ssd',
  creation_date: '2026-09-01T10:00:00.123456+00:00',
  modification_date: '2026-09-01T10:00:00.123456+00:00',
  organization: '0a5c3d10-7b1e-4c55-9d57-2f6b8e4a1c01',
  project: PROJECT,
  size: 20_000_000_000,
  state: 'available',
  base_volume: { id: '3c9a7e15-0b42-4d6f-8e91-a7d5c2f4b604', name: 'web-root' },
  tags: [] as string[],
  zone: 'fr-par-1',
  error_details: null,
  ...changed,
})

export const instanceVolume = (changed: object = {}) => ({
  ...instanceSnapshot(),
  export_uri: null,
  server: { id: '9b20d4e7-5f18-4a3c-86d1-c4e7a9b3f506', name: 'web-1' },
  ...changed,
})

export const blockSnapshot = (changed: object = {}) => ({
  id: ID,
  name: 'db-data-2026-09-01',
  parent_volume: {
    id: '5d3f9b01-c8a6-4e72-b4d0-1f6e8a2c9b08',
    name: 'db-data',
    type: 'sbs_5k',
    status: 'in_use',
  },
  size: 50_000_000_000,
  project_id: PROJECT,
  created_at: '2026-09-01T10:00:00.123456Z',
  updated_at: '2026-09-01T10:00:42.654321Z',
  references: [],
  status: 'available',
  tags: [] as string[],
  class: 'sbs',
  zone: 'fr-par-1',
  public: false,
  ...changed,
})

export const snapshotItem = (
  changed: { what?: 'taken-snapshot' | 'copy'; backend?: 'instance' | 'block'; round?: number } = {},
): Item => ({
  thing: { what: changed.what ?? 'copy', id: ID, backend: changed.backend ?? 'instance', zone: ZONE },
  round: changed.round ?? 3,
  at: 0,
  state: 'disowned',
})

export const importOrder = (changed: object = {}) => ({
  zone: ZONE,
  bucket: 'acme-staging',
  key: 'snapferry/default/work/m/1.qcow2',
  name: 'web-root',
  project: PROJECT,
  tags: ['env=prod', WIP],
  sizeBytes: bytes(20_000_000_000),
  ...changed,
})
