import { setTimeout as pause } from 'node:timers/promises'
import {
  type DurationsByApi,
  type Emulator,
  type RequestRecord,
  SANDBOX_CREDENTIALS,
  type WorkEnd,
} from '@snapferry/emulator'
import { regionOf, zone } from '@snapferry/migration'
import { openProvider, readAccess } from '@snapferry/scaleway'
import { type BenchClock, openBenchClock } from './calls-clock.ts'
import { FROM, type Seeded, type SourceKind, seedSources, TO } from './calls-fleet.ts'
import type { SnapshotApi } from './calls-model.ts'
import { BUCKET, environmentOf, withProvider } from './calls-site.ts'

/** What the provider's CLI does between two looks: it waits 5 s. Its first look follows the POST at once. */
export const PEER_EVERY_MS = 5_000
const PROJECT = SANDBOX_CREDENTIALS.projectId

/** A run of the peer: the calls it made and when the provider's work ended. */
export interface PeerRun {
  readonly size: number
  readonly calls: readonly RequestRecord[]
  readonly ends: readonly WorkEnd[]
}

/**
 * Carries as many disks as a script of the provider's CLI would: POST, one GET per 5 s until it is done, HEAD of the
 * image, POST, one GET per 5 s. It takes no care of anything: no checks, no proof, nothing is marked or removed.
 */
export async function runPeer(size: number, source: SourceKind, durations: DurationsByApi): Promise<PeerRun> {
  return await withProvider(durations, async (emulator) => {
    const seeded = await seedSources(emulator, size, source)
    await using provider = await openProvider(accessTo(emulator), { stopping: new AbortController().signal })
    const time = new SharedTime(openBenchClock(emulator), size)
    const head = (key: string) =>
      provider.looks.images.head({ region: REGION, bucket: BUCKET, key }).then((seen) => {
        if (!seen.ok || seen.value === null || seen.value.bytes === 0)
          throw new Error(`no image under ${key}`)
      })
    const peer: Peer = { apiUrl: emulator.apiUrl, sleep: (ms) => time.sleep(ms), head }
    await Promise.all(seeded.map((one) => carryOne(peer, one, source).finally(() => time.leave())))
    return { size, calls: emulator.admin.requests(), ends: emulator.admin.ends() }
  })
}

const REGION = regionOf(zone(FROM))

function accessTo(emulator: Emulator) {
  const access = readAccess(environmentOf(emulator), () => '')
  if (!access.ok) throw new Error(access.failure.join('; '))
  return access.value
}

interface Peer {
  readonly apiUrl: string
  readonly sleep: (ms: number) => Promise<void>
  readonly head: (key: string) => Promise<void>
}

async function carryOne(peer: Peer, { n, api, source }: Seeded, kind: SourceKind): Promise<void> {
  const key = kind === 'image' ? source : `peer/${n}.qcow2`
  if (kind !== 'image') {
    const id = kind === 'volume' ? await take(peer, api, source, n) : source
    const how = api === 'instance' ? 'export' : 'export-to-object-storage'
    await ask(peer, 'POST', `${pathOf(api, FROM)}/${id}/${how}`, { bucket: BUCKET, key })
    await waitFor(peer, `${pathOf(api, FROM)}/${id}`)
    await peer.head(key)
  }
  const made = await ask(peer, 'POST', importPath(api), importBody(api, n, key))
  await waitFor(peer, `${pathOf(api, TO)}/${idOf(made)}`)
}

async function take(peer: Peer, api: SnapshotApi, volume: string, n: number): Promise<string> {
  const project = api === 'instance' ? { project: PROJECT } : { project_id: PROJECT }
  const body = { name: `taken-${n}`, volume_id: volume, ...project }
  const id = idOf(await ask(peer, 'POST', pathOf(api, FROM), body))
  await waitFor(peer, `${pathOf(api, FROM)}/${id}`)
  return id
}

function pathOf(api: SnapshotApi, zone: string): string {
  return `/${api}/v1/zones/${zone}/snapshots`
}

function importPath(api: SnapshotApi): string {
  return api === 'instance' ? pathOf(api, TO) : `${pathOf(api, TO)}/import-from-object-storage`
}

function importBody(api: SnapshotApi, n: number, key: string): object {
  const image = { bucket: BUCKET, key, name: `copy-${n}` }
  return api === 'instance'
    ? { ...image, volume_type: 'l_ssd', project: PROJECT }
    : { ...image, project_id: PROJECT }
}

async function ask({ apiUrl }: Peer, method: string, path: string, body?: object): Promise<unknown> {
  const answer = await fetch(`${apiUrl}${path}`, {
    method,
    headers: { 'x-auth-token': SANDBOX_CREDENTIALS.secretKey, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await answer.text()
  if (!answer.ok) throw new Error(`${method} ${path} was answered ${answer.status}: ${text}`)
  return JSON.parse(text)
}

/** As `scw … wait` does: looks at once, then each 5 s, until the state is none of those that pass. */
async function waitFor(peer: Peer, path: string): Promise<void> {
  while (PASSING.has(stateOf(await ask(peer, 'GET', path)))) await peer.sleep(PEER_EVERY_MS)
}

const PASSING = new Set(['snapshotting', 'importing', 'exporting', 'creating'])

/** The snapshot of an answer: Instance wraps it, Block does not. */
function snapshotOf(answer: unknown): object {
  if (typeof answer !== 'object' || answer === null) throw new Error('an answer without a snapshot')
  const wrapped = 'snapshot' in answer ? answer.snapshot : answer
  if (typeof wrapped !== 'object' || wrapped === null) throw new Error('an answer without a snapshot')
  return wrapped
}

function idOf(answer: unknown): string {
  const snapshot = snapshotOf(answer)
  return 'id' in snapshot ? String(snapshot.id) : ''
}

function stateOf(answer: unknown): string {
  const snapshot = snapshotOf(answer)
  return String('state' in snapshot ? snapshot.state : 'status' in snapshot ? snapshot.status : '')
}

/** Time of several sleepers: once all of them sleep it is moved to the first one's waking. */
class SharedTime {
  readonly #clock: BenchClock
  readonly #sleepers: { readonly dueMs: number; readonly wake: () => void }[] = []
  #awake: number

  constructor(clock: BenchClock, awake: number) {
    this.#clock = clock
    this.#awake = awake
  }

  /** Sleeps on the provider's clock. */
  async sleep(ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#sleepers.push({ dueMs: this.#clock.nowMs() + ms, wake: resolve })
    this.leave()
    await promise
  }

  /** One of those who are awake goes away or to sleep. */
  leave(): void {
    this.#awake--
    if (this.#awake === 0) void this.#goOn()
  }

  async #goOn(): Promise<void> {
    const first = this.#sleepers.toSorted((a, b) => a.dueMs - b.dueMs)[0]
    if (first === undefined) return
    await this.#clock.jumpTo(first.dueMs)
    // The real milliseconds of what others did meanwhile are not lost: whoever is not due yet sleeps on.
    while (this.#clock.nowMs() < first.dueMs) await pause(1)
    this.#sleepers.splice(this.#sleepers.indexOf(first), 1)
    this.#awake++
    first.wake()
  }
}
