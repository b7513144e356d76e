import type {
  Answer,
  ImageJudge,
  ImageJudged,
  ImageLooks,
  ImageSeen,
  ObjectPlace,
  ObjectSeen,
} from '@snapferry/migration'
import { bad, bytes, type CloudFailure, good } from '@snapferry/migration'
import { judgeHeader, judgeImage } from '@snapferry/qcow2'

/** The first bytes of an image: the header with room for its extensions. */
const HEADER_BYTES = 4096
/** Read at once from the start: with clusters of 64 KiB and a disk up to 1 TB header and tables lie in it, as a rule. */
const AHEAD_BYTES = 256 * 1024

/** A look into an image failed: carries the adapter's failure through the reader, which knows nothing of clouds. */
class ReadFailed extends Error {
  override name = 'ReadFailed'
  readonly failure: CloudFailure
  constructor(failure: CloudFailure) {
    super(failure.words)
    this.failure = failure
  }
}

/** Judges images in Object Storage by ranged reads of their header and tables, never by reading the disk in them. */
export function judgeOf(images: ImageLooks): ImageJudge {
  return {
    judge: (at) => judge(images, at),
    images: async (at) => {
      const listed = await images.list(at)
      if (!listed.ok) return listed
      return allGood(listed.value.map((object) => withHeader(images, { ...at, key: object.key }, object)))
    },
  }
}

async function judge(images: ImageLooks, at: ObjectPlace): Answer<ImageJudged | null> {
  const first = await images.read(at, 0, AHEAD_BYTES)
  if (!first.ok) return first
  if (first.value === null) return good(null)
  const { bytes: length, etag, data: ahead } = first.value
  const read = async (offset: number, count: number): Promise<Uint8Array> =>
    offset + count <= ahead.length
      ? ahead.subarray(offset, offset + count)
      : readPart(images, at, offset, count)
  try {
    const judged = await judgeImage({ length, read })
    if (!judged.good)
      return good({ good: false, rule: judged.rule, text: judged.text, words: judged.words, bytes: length })
    return good({ good: true, bytes: length, etag, sizeBytes: bytes(judged.sizeBytes) })
  } catch (error) {
    if (error instanceof ReadFailed) return bad(error.failure)
    throw error
  }
}

async function readPart(
  images: ImageLooks,
  at: ObjectPlace,
  offset: number,
  count: number,
): Promise<Uint8Array> {
  const part = await images.read(at, offset, count)
  if (!part.ok) throw new ReadFailed(part.failure)
  return part.value?.data ?? new Uint8Array(0)
}

async function withHeader(images: ImageLooks, at: ObjectPlace, object: ObjectSeen): Answer<ImageSeen> {
  if (object.bytes === 0) return good({ ...object, header: 'none' })
  const first = await images.read(at, 0, HEADER_BYTES)
  if (!first.ok) return first
  if (first.value === null) return good({ ...object, header: 'none' })
  return good({ ...object, header: judgeHeader(first.value.data).good ? 'good' : 'bad' })
}

async function allGood<T>(asked: readonly Answer<T>[]): Answer<readonly T[]> {
  const values: T[] = []
  for (const answer of await Promise.all(asked)) {
    if (!answer.ok) return answer
    values.push(answer.value)
  }
  return good(values)
}
