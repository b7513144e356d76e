import { releaseSegments, segmentsBytes } from './disks/segments.ts'
import { type ObjectHeaders, objectId, type StoredObject } from './stored-object.ts'
import type { World } from './world.ts'

/** A bucket's name and a key in it. */
export interface ObjectPlace {
  bucket: string
  key: string
}

/** ETag of an object without bytes. */
export const EMPTY_ETAG = 'd41d8cd98f00b204e9800998ecf8427e'

/** Content-Type of a picture of a disk. */
export const IMAGE_CONTENT_TYPE = 'application/x-qemu-disk'

/** The object at the place, or undefined. */
export function findObject(world: World, place: ObjectPlace): StoredObject | undefined {
  return world.objects.get(objectId(place))
}

/** An object's length in bytes. */
export function objectBytes(object: StoredObject): number {
  return segmentsBytes(object.segments)
}

/** Headers of an object about which nobody said anything. */
export function plainHeaders(contentType: string): ObjectHeaders {
  return { contentType, storageClass: 'STANDARD', metadata: {}, kept: {}, tags: {} }
}

/** Puts an object in place, over an older one if there is one. Takes over the caller's holds on the segments. */
export function putObject(world: World, object: Omit<StoredObject, 'id'>): StoredObject {
  const id = objectId(object)
  const older = world.objects.get(id)
  const stored = world.objects.put({ ...object, id })
  if (older !== undefined) releaseSegments(world.blobs, older.segments)
  return stored
}

/** Removes the object if it is there. */
export function removeObject(world: World, place: ObjectPlace): boolean {
  const object = findObject(world, place)
  if (object === undefined) return false
  world.objects.remove(object.id)
  releaseSegments(world.blobs, object.segments)
  return true
}

/** Whether an object can be read now: a GLACIER one only while a restored copy exists. */
export function isReadable(object: StoredObject, nowMs: number): boolean {
  return object.storageClass !== 'GLACIER' || (object.restoredMs !== null && object.restoredMs <= nowMs)
}
