import type { WantedSeedObject } from '@snapferry/emulator'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { oursOf, theirTags } from './hold.ts'
import { PROJECT, Town } from './town.ts'

let town: Town
let count = 0
beforeAll(async () => {
  town = await Town.open()
  town.emulator.admin.seedBucket({ region: 'fr-par', name: 'images' })
})
afterAll(() => town.close())
afterEach(async () => {
  expect(await town.foreignTouched(), 'the image of the user is as it was').toEqual([])
})

async function put(wanted: Omit<WantedSeedObject, 'bucket' | 'key'>): Promise<string> {
  const key = `disks/golden ${++count}.qcow2`
  await town.emulator.admin.seedObject({ bucket: 'images', key, ...wanted })
  return key
}

/** How many imports the provider was asked for so far, by its own log. */
function imports(): number {
  return town.emulator.admin.requests().filter(({ operation }) => operation === 'ImportSnapshot').length
}

const DATA = { bytes: 1_000_000, extents: 4 }

test.each([undefined, 'l_ssd', 'sbs'] as const)(
  'an image in a bucket becomes a snapshot of type %s',
  async (type) => {
    const key = await put({ image: { sizeBytes: 12_000_000_000, data: DATA } })
    const { id } = await town.create({
      source: { image: { bucket: 'images', key } },
      to: 'fr-par-3',
      ...(type === undefined ? {} : { copy: { type } }),
    })

    const before = imports()
    const ended = await town.ended(id)

    expect(imports()).toBe(before + 1)
    const name = key.slice('disks/'.length, -'.qcow2'.length)
    expect(ended).toMatchObject({
      state: 'succeeded',
      plan: { copy: { name, tags: [], project: PROJECT, type: type ?? 'sbs', size: 12_000_000_000 } },
      leftovers: [],
    })
    const made = await oursOf(town, id)
    expect(made).toHaveLength(1)
    expect(theirTags(made[0]!)).toEqual([])
    expect(made[0]).toMatchObject({
      kind: 'snapshot',
      state: 'available',
      project: PROJECT,
      api: type === 'l_ssd' ? 'instance' : 'block',
      place: 'fr-par-3',
      name,
      sizeBytes: 12_000_000_000,
    })
    expect(made[0]?.digest).toBe(await town.emulator.admin.imageDigest({ bucket: 'images', key }))
  },
)

const OBJECT_FAULT = { encrypted: null, zstd: 'object ZSTD', backing: 'object backing file' } as const

test.for([
  { damage: 'encrypted', words: 'The provided QCOW2 file is encrypted' },
  { damage: 'zstd', words: 'The provided QCOW2 has an unsupported compression type' },
  { damage: 'backing', words: 'The provided QCOW2 file has a backing chain' },
] as const)(
  'an image that is $damage is refused in the words of the provider, and nothing is imported',
  async ({ damage, words }, { task }) => {
    const fault = OBJECT_FAULT[damage]
    if (fault !== null)
      task.meta.faults = [{ step: 'inspect', fault, outcome: 'failed, nothing was imported' }]
    const key = await put({ image: { data: DATA, damage } })
    const before = imports()
    const { id } = await town.create({ source: { image: { bucket: 'images', key } }, to: 'fr-par-2' })

    expect(await town.ended(id)).toMatchObject({
      state: 'failed',
      failure: { kind: 'image-refused', words },
      leftovers: [],
    })
    expect(imports()).toBe(before)
    expect(await oursOf(town, id)).toEqual([])
  },
)

/** A header of 112 bytes that claims 2 TB and nothing else. */
function header2TB(): string {
  const bytes = Buffer.alloc(512)
  bytes.writeUInt32BE(0x514649fb, 0)
  bytes.writeUInt32BE(3, 4)
  bytes.writeUInt32BE(16, 20)
  bytes.writeBigUInt64BE(2_000_000_000_000n, 24)
  bytes.writeUInt32BE(3726, 36)
  bytes.writeBigUInt64BE(65_536n, 40)
  bytes.writeBigUInt64BE(131_072n, 48)
  bytes.writeUInt32BE(1, 56)
  bytes.writeUInt32BE(4, 96)
  bytes.writeUInt32BE(104, 100)
  return bytes.toString('base64')
}

test.for([
  {
    what: 'a web page',
    fault: 'object HTML',
    object: { text: '<html><body>It works!</body></html>' },
    rule: 'not-qcow2',
  },
  { what: 'a 2 TB header', fault: 'object wrong size', object: { base64: header2TB() }, rule: 'too-large' },
  {
    what: 'a truncated image',
    fault: 'object truncated',
    object: { image: { data: DATA, cutBytes: 400_000 } },
    rule: 'truncated',
  },
] as const)('$what is refused for what it is', async ({ fault, object, rule }, { task }) => {
  task.meta.faults = [{ step: 'inspect', fault, outcome: 'failed, nothing was imported' }]
  const key = await put(object)
  const before = imports()
  const { id } = await town.create({ source: { image: { bucket: 'images', key } }, to: 'fr-par-2' })

  const ended = await town.ended(id)

  expect(ended).toMatchObject({ state: 'failed', failure: { kind: 'image-refused' } })
  expect(ended.failure?.text).toContain(rule)
  expect(imports()).toBe(before)
  expect(await oursOf(town, id)).toEqual([])
})

test('an image that is not there, or lies in GLACIER, is refused before anything starts', async () => {
  const missing = await town.ask<{ code: string; errors: { pointer: string }[] }>('POST', '/v1/migrations', {
    source: { image: { bucket: 'images', key: 'nothing.qcow2' } },
    to: 'fr-par-2',
  })
  expect(missing.status).toBe(422)
  expect(JSON.stringify(missing.body)).toContain('object_missing')

  const key = await put({ image: { data: DATA }, storageClass: 'GLACIER' })
  const frozen = await town.ask('POST', '/v1/migrations', {
    source: { image: { bucket: 'images', key } },
    to: 'fr-par-2',
  })
  expect(frozen.status).toBe(422)
  expect(JSON.stringify(frozen.body)).toContain('object_frozen')
})
