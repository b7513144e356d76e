import { SANDBOX_CREDENTIALS } from '@snapferry/emulator'
import type { Order } from './load.ts'
import type { ProviderDoor } from './provider-door.ts'
import { REGIONS, STAGING } from './site.ts'

/** The bodies of the orders, by their number. */
export type Bodies = ReadonlyMap<number, object>

const SIZE_BYTES = 1_000_000_000
const IMAGES = { 'fr-par': 'chaos-images-par', 'nl-ams': 'chaos-images-ams' } as const
const STRANGER = 'mig_zzzzzzzzzzzzzzzzzzzzzzzzzz'

/** Seeds buckets, other people's things that look like ours, and a source with content of its own for each order. */
export async function seedWorld(door: ProviderDoor, orders: readonly Order[], seed: number): Promise<Bodies> {
  for (const region of REGIONS) {
    await door.seed('bucket', { region, name: STAGING[region] })
    await door.seed('bucket', { region, name: IMAGES[region] })
  }
  await seedStrangers(door)
  const ids = new Map<number, string>()
  const bodies = new Map<number, object>()
  for (const order of orders) {
    const known = ids.get(order.source)
    const id = known ?? (await seedSource(door, order, seed))
    ids.set(order.source, id)
    bodies.set(order.n, bodyOf(order, id))
  }
  return bodies
}

/** Names, tags and keys as ours, of another installation and of nobody's migration: none may ever be touched. */
async function seedStrangers(door: ProviderDoor): Promise<void> {
  for (const api of ['instance', 'block'] as const) {
    for (const zone of ['fr-par-1', 'fr-par-2', 'fr-par-3', 'nl-ams-1', 'nl-ams-2']) {
      for (const tag of [
        `snapferry:wip=other.${STRANGER}.3`,
        `snapferry:copy=other.${STRANGER}`,
        `snapferry:wip=default2.${STRANGER}.1`,
        'snapferry',
      ]) {
        await door.seed('snapshot', {
          api,
          zone,
          name: `snapferry-${STRANGER}`,
          tags: [tag],
          sizeBytes: SIZE_BYTES,
        })
      }
      const project = SANDBOX_CREDENTIALS.foreignProjectId
      await door.seed('snapshot', { api, zone, name: 'disk-0', project, sizeBytes: SIZE_BYTES })
    }
  }
  for (const region of REGIONS) {
    const keys = ['work', 'keep'].map((shelf) => `snapferry/other/${shelf}/${STRANGER}/1.qcow2`)
    for (const key of [...keys, 'snapferry/default/readme.txt', 'snapferry/a/readme.txt', 'holiday.jpg'])
      await door.seed('object', { bucket: STAGING[region], key, text: 'somebody else’s' })
  }
}

async function seedSource(door: ProviderDoor, order: Order, seed: number): Promise<string> {
  const data = { bytes: 200_000 + (order.n % 50) * 1_000, extents: 3, seed: seed + order.n }
  if (order.kind === 'image') {
    const key = `images/disk-${order.n}.qcow2`
    await door.seed('object', {
      bucket: IMAGES[regionOf(order.to)],
      key,
      image: { sizeBytes: SIZE_BYTES, data },
    })
    return key
  }
  const wanted = {
    api: order.api,
    zone: order.from,
    name: `disk-${order.n}`,
    tags: ['prod'],
    sizeBytes: SIZE_BYTES,
  }
  return (await door.seed(order.kind, { ...wanted, data })).id
}

function bodyOf(order: Order, source: string): object {
  const labels = { order: String(order.n) }
  if (order.kind === 'image') {
    const image = { bucket: IMAGES[regionOf(order.to)], key: source }
    const type = order.api === 'instance' ? 'l_ssd' : 'sbs'
    return { source: { image }, to: order.to, copy: { type, name: `disk-${order.n}` }, labels }
  }
  return {
    source: { [order.kind]: source },
    from: order.from,
    to: order.to,
    image: { keep: order.keepImage ? 'always' : 'never' },
    ...(order.kind === 'volume' ? { takenSnapshot: { keep: order.keepTaken } } : {}),
    labels,
  }
}

function regionOf(zone: string): keyof typeof STAGING {
  return zone.startsWith('nl-ams') ? 'nl-ams' : 'fr-par'
}
