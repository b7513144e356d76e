import {
  type Answer,
  type Bytes,
  good,
  type ImageJudge,
  type ImageLooks,
  type ImageSeen,
  type ImageWrites,
  type ObjectSeen,
} from '@snapferry/migration'

/** The bucket of the instant provider. It holds no bytes: an object is its length and the disk it stands for. */
export interface InstantImages {
  readonly looks: ImageLooks
  readonly judge: ImageJudge
  readonly writes: ImageWrites
  /** An export that is complete at once. */
  put(key: string, sizeBytes: Bytes): void
  /** The size of the disk an object holds, or null when there is no such object. */
  sizeOf(key: string): Bytes | null
  keys(): readonly string[]
}

/** The length of every object: a header and a little. */
const OBJECT_BYTES = 65_536

/** Opens an empty bucket. */
export function openInstantImages(): InstantImages {
  // By folder, so that a listing costs what it finds and not what there is.
  const folders = new Map<string, Map<string, Bytes>>()
  const folderOf = (key: string) => key.slice(0, key.lastIndexOf('/') + 1)
  const sizeOf = (key: string) => folders.get(folderOf(key))?.get(key) ?? null
  const listed = (prefix: string) => [...(folders.get(prefix)?.keys() ?? [])].map(objectOf)
  return {
    looks: {
      bucket: ({ region, bucket }) => at({ bucket, region, project: null, versioned: false, locked: false }),
      list: ({ prefix }) => at(listed(prefix)),
      head: ({ key }) => at(sizeOf(key) === null ? null : objectOf(key)),
      read: () => Promise.reject(new Error('the instant provider holds no bytes to read')),
    },
    judge: {
      judge: ({ key }) => {
        const sizeBytes = sizeOf(key)
        return at(sizeBytes === null ? null : { good: true, bytes: OBJECT_BYTES, etag: key, sizeBytes })
      },
      images: ({ prefix }) => at(listed(prefix).map((object): ImageSeen => ({ ...object, header: 'good' }))),
    },
    writes: {
      removeOurs: ({ thing }, { install, prefix, migration }) => {
        const isOurs = ['work', 'keep'].some((shelf) =>
          thing.id.startsWith(`${prefix}/${install}/${shelf}/${migration}/`),
        )
        if (!isOurs) return at('not-ours')
        const folder = folders.get(folderOf(thing.id))
        folder?.delete(thing.id)
        if (folder?.size === 0) folders.delete(folderOf(thing.id))
        return at('gone')
      },
    },
    put: (key, sizeBytes) => {
      const folder = folders.get(folderOf(key)) ?? new Map<string, Bytes>()
      folders.set(folderOf(key), folder.set(key, sizeBytes))
    },
    sizeOf,
    keys: () => [...folders.values()].flatMap((folder) => [...folder.keys()]),
  }
}

function objectOf(key: string): ObjectSeen {
  return { key, bytes: OBJECT_BYTES, etag: key, frozen: false }
}

function at<T>(value: T): Answer<T> {
  return Promise.resolve(good(value))
}
