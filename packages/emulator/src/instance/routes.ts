import type { Route } from '../api/route.ts'
import {
  createSnapshot,
  deleteSnapshot,
  exportSnapshot,
  getSnapshot,
  listSnapshots,
  patchSnapshot,
} from './snapshots.ts'
import { createVolume, deleteVolume, getVolume, listVolumes, patchVolume } from './volumes.ts'

/** Instance v1 below `/instance/v1/zones/{zone}`. A create whose body names a bucket is logged as ImportSnapshot. */
export const INSTANCE_ROUTES: readonly Route[] = [
  { operation: 'ListSnapshots', method: 'GET', path: '/snapshots', act: listSnapshots },
  { operation: 'CreateSnapshot', method: 'POST', path: '/snapshots', act: createSnapshot },
  { operation: 'GetSnapshot', method: 'GET', path: '/snapshots/{id}', act: getSnapshot },
  { operation: 'PatchSnapshot', method: 'PATCH', path: '/snapshots/{id}', act: patchSnapshot },
  { operation: 'DeleteSnapshot', method: 'DELETE', path: '/snapshots/{id}', act: deleteSnapshot },
  { operation: 'ExportSnapshot', method: 'POST', path: '/snapshots/{id}/export', act: exportSnapshot },
  { operation: 'ListVolumes', method: 'GET', path: '/volumes', act: listVolumes },
  { operation: 'CreateVolume', method: 'POST', path: '/volumes', act: createVolume },
  { operation: 'GetVolume', method: 'GET', path: '/volumes/{id}', act: getVolume },
  { operation: 'PatchVolume', method: 'PATCH', path: '/volumes/{id}', act: patchVolume },
  { operation: 'DeleteVolume', method: 'DELETE', path: '/volumes/{id}', act: deleteVolume },
]
