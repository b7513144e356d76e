import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { oursOf, theirTags } from './hold.ts'
import { OTHER_PROJECT, PROJECT, Town } from './town.ts'

let town: Town
beforeAll(async () => {
  town = await Town.open()
  town.emulator.admin.seedBucket({ region: 'fr-par', name: 'other-project', project: OTHER_PROJECT })
})
afterAll(() => town.close())
afterEach(async () => {
  expect(await town.foreignTouched(), 'somebody else’s things are as they were').toEqual([])
})

const SIZE = 10_000_000_000
const DATA = { bytes: 2_000_000, extents: 8 }

describe('what arrives is what was sent', () => {
  const sources = ['instance snapshot', 'block snapshot', 'instance volume', 'block volume'] as const
  const types = [undefined, 'l_ssd', 'sbs'] as const
  const table = sources.flatMap((source) => types.map((type) => ({ source, type })))

  test.each(table)('a $source becomes a copy of type $type', async ({ source, type }) => {
    const [api, kind] = source.split(' ') as ['instance' | 'block', 'snapshot' | 'volume']
    const wanted = {
      api,
      zone: 'fr-par-1',
      name: `web-${source}-${type}`,
      tags: ['team=web', 'tier=1'],
      sizeBytes: SIZE,
      data: DATA,
    }
    const seeded =
      kind === 'snapshot' ? town.emulator.admin.seedSnapshot(wanted) : town.emulator.admin.seedVolume(wanted)
    const copy = type === undefined ? {} : { copy: { type } }
    const { id } = await town.create({
      source: { [kind]: seeded.id },
      from: 'fr-par-1',
      to: 'fr-par-2',
      ...copy,
    })

    const ended = await town.ended(id)

    expect(ended).toMatchObject({
      state: 'succeeded',
      done: true,
      leftovers: [],
      copy: { zone: 'fr-par-2', size: SIZE },
    })
    const ours = await oursOf(town, id)
    expect(ours).toHaveLength(1)
    const expectedApi = type === undefined ? api : type === 'l_ssd' ? 'instance' : 'block'
    expect(ours[0]).toMatchObject({
      kind: 'snapshot',
      api: expectedApi,
      place: 'fr-par-2',
      name: wanted.name,
      project: PROJECT,
      sizeBytes: SIZE,
      state: 'available',
    })
    expect(theirTags(ours[0]!)).toEqual(['team=web', 'tier=1'])
    expect(ours[0]?.tags).toContain(`snapferry:copy=default.${id}`)
    expect(ours[0]?.tags.filter((tag) => tag.startsWith('snapferry:wip='))).toEqual([])
    expect(ours[0]?.digest).toBe(await town.emulator.admin.digest(seeded.id))
  })

  test('name, tags, size and project are what was asked for', async () => {
    const seeded = town.emulator.admin.seedSnapshot({
      api: 'block',
      zone: 'fr-par-1',
      sizeBytes: SIZE,
      data: DATA,
    })
    const copy = { name: 'restored', tags: ['a', 'b'], size: 20_000_000_000, project: OTHER_PROJECT }
    const { id } = await town.create({
      source: { snapshot: seeded.id },
      from: 'fr-par-1',
      to: 'fr-par-2',
      copy,
    })

    const ended = await town.ended(id)

    expect(ended).toMatchObject({ state: 'succeeded', leftovers: [], plan: { copy: { type: 'sbs' } } })
    const ours = await oursOf(town, id)
    expect(ours).toHaveLength(1)
    expect(ours[0]).toMatchObject({
      kind: 'snapshot',
      api: 'block',
      place: 'fr-par-2',
      name: 'restored',
      project: OTHER_PROJECT,
      sizeBytes: 20_000_000_000,
      state: 'available',
    })
    expect(theirTags(ours[0]!)).toEqual(['a', 'b'])
    // The source's content on a disk of the asked size.
    await town.emulator.admin.turn({ id: seeded.id, sizeBytes: 20_000_000_000 })
    expect(ours[0]?.digest).toBe(await town.emulator.admin.digest(seeded.id))
  })

  test('what is not asked for comes from the source, its project included', async () => {
    const seeded = town.emulator.admin.seedSnapshot({
      api: 'block',
      zone: 'fr-par-1',
      project: OTHER_PROJECT,
      data: DATA,
    })
    const image = { bucket: 'other-project' }
    const { id } = await town.create({
      source: { snapshot: seeded.id },
      from: 'fr-par-1',
      to: 'fr-par-2',
      image,
    })

    expect(await town.ended(id)).toMatchObject({ state: 'succeeded', leftovers: [] })
    const digest = await town.emulator.admin.digest(seeded.id)
    expect(await oursOf(town, id)).toMatchObject([{ place: 'fr-par-2', project: OTHER_PROJECT, digest }])
  })
})
