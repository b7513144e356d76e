import { instanceDate } from '../api/dates.ts'
import { type Snapshot, snapshotBytes } from '../snapshot.ts'
import type { Volume } from '../volume.ts'
import { regionOf } from '../zones.ts'

/** A snapshot as Instance v1 sends it; `error_details` is the wire's name, whatever the SDKs call it. */
export function instanceSnapshot(snapshot: Snapshot): Record<string, unknown> {
  return {
    id: snapshot.id,
    name: snapshot.name,
    volume_type: snapshot.kind,
    creation_date: instanceDate(snapshot.createdMs),
    modification_date: instanceDate(snapshot.changedMs),
    organization: snapshot.organizationId,
    project: snapshot.projectId,
    size: snapshotBytes(snapshot),
    state: snapshot.state,
    base_volume: snapshot.volume,
    tags: snapshot.tags,
    zone: snapshot.zone,
    error_details: snapshot.errorDetails,
  }
}

/** A volume as Instance v1 sends it; `export_uri` is always null. */
export function instanceVolume(volume: Volume, isBeingTaken: boolean): Record<string, unknown> {
  return {
    id: volume.id,
    name: volume.name,
    volume_type: volume.kind,
    export_uri: null,
    organization: volume.organizationId,
    project: volume.projectId,
    server: volume.server === null ? null : { id: volume.server.id, name: volume.server.name },
    size: volume.disk.sizeBytes,
    state: isBeingTaken ? 'snapshotting' : volume.state,
    creation_date: instanceDate(volume.createdMs),
    modification_date: instanceDate(volume.changedMs),
    tags: volume.tags,
    zone: volume.zone,
  }
}

/** The dummy that stands where a task once was (since July 2026): zero id, pending for ever. */
export function dummyTask(task: {
  from: string
  result: string
  startedMs: number
  zone: string
}): Record<string, unknown> {
  return {
    id: '00000000-0000-0000-0000-000000000000',
    description: 'fake task',
    status: 'pending',
    href_from: task.from,
    href_result: task.result,
    started_at: instanceDate(task.startedMs),
    terminated_at: null,
    progress: 0,
    zone: task.zone,
  }
}

/** The path-style URL that an export's dummy names. */
export function objectUrl(zone: string, place: { bucket: string; key: string }): string {
  return `https://s3.${regionOf(zone)}.scw.cloud/${place.bucket}/${place.key}`
}
