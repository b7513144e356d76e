import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { digestOfImage, guestContent, judgeHeader, judgeImage, type Rule } from '../src/index.ts'
import { CONTENT_SIZE_BYTES, corpusLines, make, pathOf, writeContent } from './corpus.ts'
import { checkedInfo, contentByQemu, qemu, rawContent } from './qemu-img.ts'
import { referenceDigest } from './reference-digest.ts'
import { inflate, sha256 } from './sha256.ts'
import { fileImage, watched } from './sources.ts'

const lines = corpusLines()
const good = lines.filter((line) => line.verdict === 'good')
const bad = lines.filter((line) => line.verdict !== 'good')
const plainCopies = good.filter(({ steps }) => steps.length === 1 && steps[0]!.startsWith('convert'))

/** As the provider's documentation on importing a QCOW2 image words them. */
const WORDS: Partial<Record<Rule, string>> = {
  encrypted: 'The provided QCOW2 file is encrypted',
  'unsupported-compression': 'The provided QCOW2 has an unsupported compression type',
  'backing-chain': 'The provided QCOW2 file has a backing chain',
}

let dir: string
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'qcow2-corpus-'))
  writeContent(join(dir, 'content.raw'))
  for (const line of lines) make(dir, line)
}, 120_000)
afterAll(() => rmSync(dir, { recursive: true, force: true }))

describe('an image that the importer would take', () => {
  test.each(good)('$name is good, and QEMU agrees on its soundness, size and content', async ({ name }) => {
    const path = pathOf(dir, name)
    using image = fileImage(path)
    const judgement = await judgeImage(image)
    expect(judgement).toMatchObject({ good: true })
    const info = checkedInfo(path)
    expect(judgement.sizeBytes).toBe(info['virtual-size'])
    expect(judgement.good && 2 ** judgement.header.clusterBits).toBe(info['cluster-size'])
    const raw = join(dir, 'by-qemu.raw')
    const theirs = referenceDigest(info['virtual-size'], contentByQemu(path, raw))
    rmSync(raw)
    expect(await digestOfImage(image, { inflate, hash: sha256() })).toBe(theirs)
  })

  test('one disk has one digest, whatever the version, clusters, compression and preallocation', async () => {
    const digests = new Set([referenceDigest(CONTENT_SIZE_BYTES, rawContent(join(dir, 'content.raw')))])
    for (const { name } of plainCopies) {
      using image = fileImage(pathOf(dir, name))
      digests.add(await digestOfImage(image, { inflate, hash: sha256() }))
    }
    expect(plainCopies.length).toBeGreaterThan(20)
    expect(digests.size).toBe(1)
  })

  test.each(good)('$name is judged within 1 MiB a read and a few MB in all', async ({ name }) => {
    using file = fileImage(pathOf(dir, name))
    const image = watched(file)
    await judgeImage(image)
    expect(image.largestBytes).toBeLessThanOrEqual(1_048_576)
    expect(image.totalBytes).toBeLessThanOrEqual(8_000_000)
  })
})

describe('an image that the importer would not take', () => {
  test.each(bad)('$name is refused as $verdict, seen in the $seenIn', async ({ name, verdict, seenIn }) => {
    using image = fileImage(pathOf(dir, name))
    const byHeader = judgeHeader(await image.read(0, 112))
    const byImage = await judgeImage(image)
    expect(byHeader.good ? 'good' : byHeader.rule).toBe(seenIn === 'header' ? verdict : 'good')
    expect(byImage.good ? 'good' : byImage.rule).toBe(seenIn === 'data' ? 'good' : verdict)
    if (!byImage.good) {
      expect(byImage.words).toBe(WORDS[verdict as Rule] ?? null)
      expect(byImage.text).toMatch(new RegExp(`^${verdict}: .*; \\S`))
    }
    const reading = guestContent(image, inflate)
    const whole = async () => {
      for await (const _extent of reading);
    }
    await expect(whole()).rejects.toMatchObject({ name: 'ImageError', rule: verdict })
  })
})

test('the corpus has a case for every rule', () => {
  const cases: Record<Rule, true> = {
    empty: true,
    'not-qcow2': true,
    encrypted: true,
    'unsupported-compression': true,
    'backing-chain': true,
    'external-data-file': true,
    corrupt: true,
    dirty: true,
    'unknown-feature': true,
    'extended-l2': true,
    'too-small': true,
    'too-large': true,
    'not-multiple-of-512': true,
    truncated: true,
  }
  expect(new Set(bad.map(({ verdict }) => verdict))).toEqual(new Set(Object.keys(cases)))
})

test('a machine without qemu-img is told which Debian package to install', () => {
  expect(() => qemu('qemu-img', ['--version'], { PATH: join(dir, 'nothing-here') })).toThrow(
    /qemu-img .*qemu-utils/,
  )
})
