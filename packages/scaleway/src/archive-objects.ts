import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import {
  type Answer,
  type ArchiveStore,
  archivePrefix,
  good,
  type ImageLooks,
  type Region,
  readObjectName,
} from '@snapferry/migration'
import type { S3Of } from './object-storage.ts'
import { reading, type S3, SMALL_BYTES_MAX } from './s3-call.ts'

/** Where an installation's archive lies. */
export interface ArchivePlace {
  readonly region: Region
  readonly bucket: string
  readonly prefix: string
  readonly install: string
}

/** A part is at most 8 MB of lines before it is compressed, or one long line; whatever is larger is not ours. */
const OBJECT_BYTES_MAX = 64 * 1024 * 1024

/**
 * The archive of one installation in a bucket: the only thing we ever put there ourselves. Every key is made here, of a name
 * that `readObjectName` knows, so that nothing can be written elsewhere. An object is asked for before it is written and
 * written under `If-None-Match: *`; a store that does not know the header leaves the lease of the chore as the only guard.
 */
export function openArchiveStore(s3Of: S3Of, looks: ImageLooks, at: ArchivePlace): ArchiveStore {
  const root = archivePrefix(at)
  const keyOf = (name: string): string => {
    if (readObjectName(name) === null)
      throw new RangeError(`not an object of an archive: ${name.slice(0, 60)}`)
    return `${root}${name}`
  }
  const withS3 = async <T>(use: (s3: S3) => Answer<T>): Answer<T> => {
    const s3 = s3Of(at.region)
    return s3.ok ? use(s3.value) : s3
  }
  return {
    place: `${at.bucket}/${root} (${at.region})`,
    async putIfAbsent(name, bytes) {
      const key = keyOf(name)
      const there = await looks.head({ region: at.region, bucket: at.bucket, key })
      if (!there.ok) return there
      return there.value === null ? withS3((s3) => put(s3, at.bucket, key, bytes)) : good('exists')
    },
    get: (name) => {
      const key = keyOf(name)
      return withS3((s3) => get(s3, at.bucket, key))
    },
    async list() {
      const rows = await looks.list({ region: at.region, bucket: at.bucket, prefix: root })
      return rows.ok ? good(rows.value.map(({ key }) => key.slice(root.length))) : rows
    },
  }
}

async function put(
  s3: S3,
  bucket: string,
  key: string,
  body: Uint8Array,
): ReturnType<ArchiveStore['putIfAbsent']> {
  const ask = { operation: 'PutObject', permit: () => true, bodyBytesMax: SMALL_BYTES_MAX }
  const ContentType = key.endsWith('.json') ? 'application/json' : 'application/gzip'
  const order = { Bucket: bucket, Key: key, Body: body, ContentType, IfNoneMatch: '*' }
  const answer = await s3.send(ask, new PutObjectCommand(order))
  if (answer.ok) return good('written')
  // 412: somebody else was quicker, or an answer of ours was lost.
  return answer.failure.status === 412 ? good('exists') : answer
}

async function get(s3: S3, bucket: string, key: string): Answer<Uint8Array | null> {
  const ask = reading('GetObject', OBJECT_BYTES_MAX)
  const got = await s3.send(ask, new GetObjectCommand({ Bucket: bucket, Key: key }))
  if (got.ok) return good(got.value.answered.body)
  return got.failure.kind === 'missing' ? good(null) : got
}
