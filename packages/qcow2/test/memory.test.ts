import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { type ByteSource, digestOfImage, type Extent } from '../src/index.ts'
import { referenceDigest } from './reference-digest.ts'
import { inflate, sha256 } from './sha256.ts'

const CLUSTER = 65_536
const SIZE_BYTES = 1_000_000_000_000
const L2_TABLES = Math.ceil(SIZE_BYTES / (CLUSTER * 8192))
const FIRST_L2 = 4

/** Which entry of L2 table `k` has a data cluster; the cluster is filled with byte `1 + k % 255`. */
const entryOf = (k: number): number => (k * 7) % 2000

/** Cluster by cluster: header, refcount table, refcount block, L1, then an L2 table and its data in turn. */
function clusterAt(index: number): Buffer {
  const bytes = Buffer.alloc(CLUSTER)
  const k = (index - FIRST_L2) >> 1
  if (index === 0) {
    bytes.set(Buffer.from('514649fb00000003', 'hex'))
    bytes.writeUInt32BE(16, 20)
    bytes.writeBigUInt64BE(BigInt(SIZE_BYTES), 24)
    bytes.writeUInt32BE(L2_TABLES, 36)
    bytes.writeBigUInt64BE(BigInt(3 * CLUSTER), 40)
    bytes.writeBigUInt64BE(BigInt(CLUSTER), 48)
    bytes.writeUInt32BE(1, 56)
    bytes.writeUInt32BE(4, 96)
    bytes.writeUInt32BE(104, 100)
  } else if (index === 1) bytes.writeBigUInt64BE(BigInt(2 * CLUSTER))
  else if (index === 2) for (let at = 0; at < FIRST_L2 + 2 * L2_TABLES; at++) bytes.writeUInt16BE(1, at * 2)
  else if (index === 3) {
    for (let at = 0; at < L2_TABLES; at++) {
      bytes.writeBigUInt64BE(BigInt((FIRST_L2 + 2 * at) * CLUSTER) | (1n << 63n), at * 8)
    }
  } else if (index % 2 === 0) {
    bytes.writeBigUInt64BE(BigInt((index + 1) * CLUSTER) | (1n << 63n), entryOf(k) * 8)
  } else bytes.fill(1 + (k % 255))
  return bytes
}

function* expectedContent(): Generator<Extent> {
  for (let k = 0; k < L2_TABLES; k++) {
    const bytes = new Uint8Array(CLUSTER).fill(1 + (k % 255))
    yield { offset: (k * 8192 + entryOf(k)) * CLUSTER, bytes }
  }
}

// Goal: a 1 TB disk is read within 64 MB. Method: an image of 245 MB that exists only as a formula, with all of
// its 1,863 L2 tables; garbage is collected at every hundredth read, and what is still held then is counted.
test('a 1 TB disk is digested in reads of at most 1 MiB, one at a time, holding less than 64 MB', async () => {
  setFlagsFromString('--expose-gc')
  const collectGarbage: () => void = runInNewContext('gc')
  let heldBytesMax = 0
  let reads = 0
  let underWay = 0
  const image: ByteSource = {
    length: (FIRST_L2 + 2 * L2_TABLES) * CLUSTER,
    async read(offset, length) {
      expect(length).toBeLessThanOrEqual(1_048_576)
      expect(++underWay).toBe(1)
      if (++reads % 100 === 0) {
        collectGarbage()
        heldBytesMax = Math.max(heldBytesMax, process.memoryUsage().arrayBuffers)
      }
      const within = offset % CLUSTER
      expect(within + length).toBeLessThanOrEqual(CLUSTER)
      const bytes = clusterAt(Math.floor(offset / CLUSTER)).subarray(within, within + length)
      await Promise.resolve()
      underWay--
      return bytes
    },
  }
  const digest = await digestOfImage(image, { inflate, hash: sha256() })
  expect(reads).toBeGreaterThan(2 * L2_TABLES)
  expect(heldBytesMax).toBeGreaterThan(CLUSTER)
  expect(heldBytesMax).toBeLessThan(64_000_000)
  // Only now: the reference keeps all content in memory, which must not be counted as the reader's.
  expect(digest).toBe(referenceDigest(SIZE_BYTES, expectedContent()))
})
