import { nonZeroBlocks } from './block.ts'
import { type ByteSource, READ_BYTES_MAX, readWhole } from './byte-source.ts'
import { type ClusterRun, clusterRuns } from './cluster-run.ts'
import type { Extent } from './disk.ts'
import type { Header } from './header.ts'
import { breach, ImageError } from './image-error.ts'
import { l1EntriesFor } from './judge.ts'
import { judgeImage } from './judge-image.ts'
import { offsetIn, tablePieces } from './table.ts'

/**
 * Raw deflate, injected. Inflates the stream at the start of `deflated`, ignores what follows it, and throws
 * rather than return more than `sizeBytesMax` bytes.
 */
export type Inflate = (deflated: Uint8Array, sizeBytesMax: number) => Uint8Array

/**
 * What a guest would read, as ascending extents of at most 2 MiB, blocks of 4096 zeros left out: raw and
 * zlib-compressed clusters, zero clusters and holes. An extent's bytes are only good until the next one is asked for.
 * Holds one piece of L1, one of L2 and two clusters at a time, under 10 MB whatever the disk's size.
 * Throws an ImageError on whatever judgeImage refuses, and on a cluster that is damaged or outside the image.
 */
export async function* guestContent(image: ByteSource, inflate: Inflate): AsyncGenerator<Extent> {
  yield* contentBehind(image, await openImage(image), inflate)
}

/** As guestContent, of an image that openImage has judged: `header` is what it returned. */
export async function* contentBehind(
  image: ByteSource,
  header: Header,
  inflate: Inflate,
): AsyncGenerator<Extent> {
  for await (const { offset, bytes } of nonZeroBlocks(
    mappedContent(image, header, inflate),
    header.sizeBytes,
  )) {
    yield { offset, bytes: bytes.subarray(0, header.sizeBytes - offset) }
  }
}

/** The header of an image that judgeImage calls good; throws an ImageError when it does not. */
export async function openImage(image: ByteSource): Promise<Header> {
  const judgement = await judgeImage(image)
  if (!judgement.good) throw new ImageError(judgement.rule, judgement.text)
  return judgement.header
}

async function* mappedContent(image: ByteSource, header: Header, inflate: Inflate): AsyncGenerator<Extent> {
  const entriesPerL2 = 2 ** (header.clusterBits - 3)
  for await (const l1 of tablePieces(image, header.l1TableOffset, l1EntriesFor(header))) {
    for (let index = 0; index < l1.count; index++) {
      const l2Offset = offsetIn(l1.view, index)
      if (l2Offset === 0) continue
      const firstCluster = (l1.first + index) * entriesPerL2
      for await (const l2 of tablePieces(image, l2Offset, entriesPerL2)) {
        for (const run of clusterRuns(header, l2, firstCluster)) yield* readRun(image, header, run, inflate)
      }
    }
  }
}

async function* readRun(
  image: ByteSource,
  header: Header,
  run: ClusterRun,
  inflate: Inflate,
): AsyncGenerator<Extent> {
  const guestLength = Math.min(run.guestLength, header.sizeBytes - run.guestOffset)
  if (run.kind === 'compressed') {
    const bytes = await inflateCluster(image, header, run, inflate)
    yield { offset: run.guestOffset, bytes: bytes.subarray(0, guestLength) }
    return
  }
  for (let at = 0; at < guestLength; at += READ_BYTES_MAX) {
    const length = Math.min(READ_BYTES_MAX, guestLength - at)
    yield { offset: run.guestOffset + at, bytes: await readWhole(image, run.hostOffset + at, length) }
  }
}

async function inflateCluster(
  image: ByteSource,
  header: Header,
  run: ClusterRun,
  inflate: Inflate,
): Promise<Uint8Array> {
  const clusterBytes = 2 ** header.clusterBits
  const place = `the compressed cluster at byte ${run.hostOffset}`
  if (run.hostOffset >= image.length) throw breach('truncated', `${place} lies behind the image's end`)
  // The entry counts whole sectors, the last of which may reach behind the end of the file.
  const deflated = await readWhole(
    image,
    run.hostOffset,
    Math.min(run.hostLength, image.length - run.hostOffset),
  )
  let bytes: Uint8Array
  try {
    bytes = inflate(deflated, clusterBytes)
  } catch (cause) {
    throw breach('corrupt', `${place} does not inflate`, { cause })
  }
  if (bytes.length !== clusterBytes) {
    throw breach('corrupt', `${place} inflates to ${bytes.length} bytes instead of ${clusterBytes}`)
  }
  return bytes
}
