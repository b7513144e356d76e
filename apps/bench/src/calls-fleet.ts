import type { DurationsByApi, Emulator, RequestRecord, WorkEnd } from '@snapferry/emulator'
import { type Event, migrationId } from '@snapferry/migration'
import { openBenchClock } from './calls-clock.ts'
import { driveToEnd } from './calls-drive.ts'
import { APIS, contentBytesOf, type SnapshotApi } from './calls-model.ts'
import { BUCKET, type Site, withSite } from './calls-site.ts'

/** What is carried. */
export const SOURCES = ['snapshot', 'volume', 'image'] as const
export type SourceKind = (typeof SOURCES)[number]

/** How a fleet is carried. */
export interface FleetOptions {
  readonly size: number
  /** Migrations that are carried before and count for nothing: what a fleet learns from earlier moves it has learned. */
  readonly warm: number
  readonly source: SourceKind
  readonly workers: number
  /** Provider calls a second that the fleet may make; null leaves it as it is. */
  readonly rate: number | null
  readonly settings: Readonly<Record<string, string>>
  readonly durations: DurationsByApi
  /** False: the clock is never moved forward; minutes take minutes. */
  readonly jumps: boolean
}

/** One migration as it was carried. */
export interface Carried {
  readonly id: string
  readonly api: SnapshotApi
  /** Id of the snapshot or volume, or the key of the image. */
  readonly source: string
  readonly events: readonly Event[]
}

/** A run: what the provider was asked, when its work ended, and what each migration recorded. */
export interface FleetRun {
  readonly size: number
  readonly source: SourceKind
  readonly carried: readonly Carried[]
  readonly calls: readonly RequestRecord[]
  readonly ends: readonly WorkEnd[]
  /** From the first order to the last ending: the provider's milliseconds, and real ones. */
  readonly lastedMs: number
  readonly realMs: number
}

/** A source that was put into the provider. */
export interface Seeded {
  readonly n: number
  readonly api: SnapshotApi
  readonly source: string
}

export const FROM = 'fr-par-1'
export const TO = 'fr-par-2'
export const DISK_BYTES = 10_000_000_000
/** Orders placed side by side: more would wait in the API for its checks. */
const TOGETHER = 20
const EVENTS_MAX = 1_000

/** Orders so many migrations at once, half of them local and half SBS, and carries them; throws unless each left one good copy. */
export async function carryFleet(o: FleetOptions): Promise<FleetRun> {
  return await withSite(o, async (site) => {
    const { emulator, journal } = site
    if (o.rate !== null) await setRate(site.apiUrl, o.rate)
    const clock = openBenchClock(emulator, journal)
    const sources = await seedSources(emulator, o.warm + o.size, o.source)
    // The first ones are counted: the peer's provider has the same disks.
    const seeded = sources.slice(0, o.size)
    await placeOrders(site, sources.slice(o.size), o.source)
    await driveToEnd(site, clock, { migrations: o.warm, jumps: o.jumps })
    emulator.admin.forgetRequests()
    const endsBefore = emulator.admin.ends().length
    const started = { clockMs: clock.nowMs(), realMs: performance.now() }
    const ids = await placeOrders(site, seeded, o.source)
    await driveToEnd(site, clock, { migrations: sources.length, jumps: o.jumps })
    const lasted = { lastedMs: clock.nowMs() - started.clockMs, realMs: performance.now() - started.realMs }
    const carried: Carried[] = []
    for (const [at, { api, source }] of seeded.entries()) {
      const id = ids[at] ?? ''
      carried.push({ id, api, source, events: await journal.events(migrationId(id), 0, EVENTS_MAX) })
    }
    await requireCopies(site, sources.length)
    const { admin } = emulator
    const ends = admin.ends().slice(endsBefore)
    return { size: o.size, source: o.source, carried, calls: admin.requests(), ends, ...lasted }
  })
}

/** Puts a source for each migration into the provider, the two APIs in turn. */
export async function seedSources(
  { admin }: Emulator,
  size: number,
  source: SourceKind,
): Promise<readonly Seeded[]> {
  const seeded: Seeded[] = []
  for (let n = 0; n < size; n++) {
    const api = APIS[n % APIS.length] ?? 'instance'
    const data = { bytes: contentBytesOf(Math.floor(n / APIS.length)), extents: 1, seed: n + 1 }
    const disk = { api, zone: FROM, name: `disk-${n}`, sizeBytes: DISK_BYTES, data }
    if (source === 'image') {
      const key = `images/disk-${n}.qcow2`
      await admin.seedObject({ bucket: BUCKET, key, image: { sizeBytes: DISK_BYTES, data } })
      seeded.push({ n, api, source: key })
    } else {
      const { id } = source === 'volume' ? admin.seedVolume(disk) : admin.seedSnapshot(disk)
      seeded.push({ n, api, source: id })
    }
  }
  return seeded
}

async function placeOrders(
  site: Site,
  seeded: readonly Seeded[],
  kind: SourceKind,
): Promise<readonly string[]> {
  const ids: string[] = []
  for (let at = 0; at < seeded.length; at += TOGETHER) {
    const page = seeded.slice(at, at + TOGETHER).map((one) => placeOrder(site.apiUrl, bodyOf(one, kind)))
    ids.push(...(await Promise.all(page)))
  }
  return ids
}

function bodyOf({ n, api, source }: Seeded, kind: SourceKind): object {
  if (kind !== 'image') return { source: { [kind]: source }, from: FROM, to: TO }
  const type = api === 'instance' ? 'l_ssd' : 'sbs'
  return {
    source: { image: { bucket: BUCKET, key: source } },
    to: TO,
    copy: { type, name: `disk-${n}`, tags: [] },
  }
}

/** Limits the calls of the fleet as an operator does; budgets stay as they are. Throws what the API says against it. */
async function setRate(apiUrl: string, callsPerSecond: number): Promise<void> {
  const url = `${apiUrl}/v1/budgets`
  const now = await fetch(url)
  const found: unknown = await now.json()
  const budgets = typeof found === 'object' && found !== null && 'budgets' in found ? found.budgets : []
  const answer = await fetch(url, {
    method: 'PUT',
    headers: { 'content-type': 'application/json', 'if-match': now.headers.get('etag') ?? '*' },
    body: JSON.stringify({ budgets, calls: [{ profile: 'default', callsPerSecond }] }),
  })
  if (!answer.ok) throw new Error(`the rate was answered ${answer.status}: ${await answer.text()}`)
}

async function placeOrder(apiUrl: string, body: object): Promise<string> {
  const answer = await fetch(`${apiUrl}/v1/migrations`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  const text = await answer.text()
  if (answer.status !== 202) throw new Error(`an order was answered ${answer.status}: ${text}`)
  const made: unknown = JSON.parse(text)
  if (typeof made === 'object' && made !== null && 'id' in made) return String(made.id)
  throw new Error('an accepted order has no id')
}

/** Numbers of work that was not done mean nothing: each succeeded, with one marked copy, and nothing else is left. */
async function requireCopies({ journal, emulator }: Site, size: number): Promise<void> {
  const { succeeded } = await journal.counts()
  if (succeeded !== size) throw new Error(`${succeeded} of ${size} migrations succeeded`)
  const made = (await emulator.admin.census()).filter(({ madeBy }) => madeBy.by === 'call')
  const good = made.filter(
    ({ kind, state, tags }) =>
      kind === 'snapshot' && state === 'available' && tags.some((tag) => tag.startsWith('snapferry:copy=')),
  )
  if (good.length !== size || made.length !== size)
    throw new Error(
      `${size} migrations left ${good.length} good copies and ${made.length - good.length} other things`,
    )
}
