import { jsonAnswer } from '../api/json-answer.ts'
import type { Route } from '../api/route.ts'
import {
  createSnapshot,
  deleteSnapshot,
  exportSnapshot,
  getSnapshot,
  importSnapshot,
  listSnapshots,
  patchSnapshot,
} from './snapshots.ts'
import { createVolume, deleteVolume, getVolume, listVolumes, patchVolume } from './volumes.ts'

const VOLUME_TYPES = ['sbs_5k', 'sbs_15k'].map((type) => ({
  type,
  pricing: { currency_code: 'EUR', units: 0, nanos: 118_000 },
  snapshot_pricing: { currency_code: 'EUR', units: 0, nanos: 44_000 },
  specs: { perf_iops: type === 'sbs_15k' ? 15_000 : 5_000, class: 'sbs' },
}))

const importRow = { operation: 'ImportSnapshot', method: 'POST', act: importSnapshot } as const

/** Block v1 and v1alpha1 below `/block/{version}/zones/{zone}`. */
export const BLOCK_ROUTES: readonly Route[] = [
  { operation: 'ListSnapshots', method: 'GET', path: '/snapshots', act: listSnapshots },
  { operation: 'CreateSnapshot', method: 'POST', path: '/snapshots', act: createSnapshot },
  { ...importRow, path: '/snapshots/import-from-object-storage' },
  { ...importRow, path: '/snapshots/import-from-s3' },
  { operation: 'GetSnapshot', method: 'GET', path: '/snapshots/{id}', act: getSnapshot },
  { operation: 'PatchSnapshot', method: 'PATCH', path: '/snapshots/{id}', act: patchSnapshot },
  { operation: 'DeleteSnapshot', method: 'DELETE', path: '/snapshots/{id}', act: deleteSnapshot },
  {
    operation: 'ExportSnapshot',
    method: 'POST',
    path: '/snapshots/{id}/export-to-object-storage',
    act: exportSnapshot,
  },
  { operation: 'ListVolumes', method: 'GET', path: '/volumes', act: listVolumes },
  { operation: 'CreateVolume', method: 'POST', path: '/volumes', act: createVolume },
  { operation: 'GetVolume', method: 'GET', path: '/volumes/{id}', act: getVolume },
  { operation: 'PatchVolume', method: 'PATCH', path: '/volumes/{id}', act: patchVolume },
  { operation: 'DeleteVolume', method: 'DELETE', path: '/volumes/{id}', act: deleteVolume },
  {
    operation: 'ListVolumeTypes',
    method: 'GET',
    path: '/volume-types',
    act: () => jsonAnswer('block', 200, { volume_types: VOLUME_TYPES, total_count: VOLUME_TYPES.length }),
  },
]
