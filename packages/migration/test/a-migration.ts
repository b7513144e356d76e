import {
  bytes,
  type Cancelled,
  type CloudFailure,
  type CloudFailureKind,
  type Failed,
  type Failure,
  firstRecord,
  type ImageSeen,
  type Item,
  type Migration,
  type Moment,
  migrationId,
  type Parked,
  type ParkedFrom,
  type Plan,
  type Pulse,
  type Queued,
  type Running,
  regionOf,
  type SnapshotSeen,
  type SnapshotState,
  type Succeeded,
  slotsFor,
  sourceClaim,
  type Unwinding,
  type WhyCode,
  wipTag,
  zone,
} from '../src/index.ts'

/** The hour at which every test begins. */
export const NOW = 1_800_000_000_000
/** Ten gigabytes: the size of every disk here. */
export const SIZE = bytes(10_000_000_000)
export const ID = migrationId('mig_aaaaaaaaaaaaaaaaaaaaaaaaaa')
export const FROM = zone('fr-par-1')
export const TO = zone('fr-par-2')
export const SOURCE = '11111111-1111-4111-8111-111111111111'

/** A plan with everything filled in, of an SBS snapshot. */
export function aPlan(parts: Partial<Plan> = {}): Plan {
  return {
    ...{ profile: 'default', install: 'here', prefix: 'snapferry', from: FROM, to: TO, labels: {} },
    source: { kind: 'snapshot', id: SOURCE },
    backend: 'block',
    sourceProject: 'project',
    copy: { name: 'web-root', tags: ['blue'], sizeBytes: SIZE, project: 'project', type: 'sbs' },
    image: { bucket: 'bucket', region: regionOf(TO), keep: { kind: 'never' } },
    takenSnapshot: { keep: false },
    ...parts,
  }
}

/** A queued migration. */
export function queued(parts: Partial<Queued> = {}): Queued {
  const { plan = aPlan(), ...rest } = parts
  const event = { type: 'created', at: NOW, id: ID, plan, redisRun: 'run', retryOf: null, by: 'me' } as const
  return { ...firstRecord(event), ...rest }
}

/** The sole right to the source. */
export const CLAIM = sourceClaim(FROM, SOURCE)
const OF = { backend: 'block', profile: 'default' } as const
/** What the export of a usual plan takes, and what its import does. */
export const EXPORT_CLAIMS = [CLAIM, ...slotsFor('export', { ...OF, zone: FROM })]
export const IMPORT_CLAIMS = slotsFor('import', { ...OF, zone: TO })

/** A running migration in the export phase unless told otherwise, with everything that its phase takes. */
export function running(parts: Partial<Running> = {}): Running {
  const { phase = 'export' } = parts
  const claims = phase === 'export' ? EXPORT_CLAIMS : phase === 'import' ? IMPORT_CLAIMS : []
  return {
    ...queued(),
    ...{ state: 'running', phase, proven: false, recheck: false, round: 2, attemptsMax: 3, claims },
    facts: { snapshot: SOURCE, sourceBytes: SIZE, sizeBytes: SIZE },
    ...parts,
  }
}

/** The key of one send. */
export function keyOf(send: number): string {
  return `snapferry/here/work/${ID}/${send}.qcow2`
}

/** A line of the ledger for an image of ours. */
export function imageItem(send: number, parts: Partial<Item> = {}): Item {
  const thing = { what: 'image', id: keyOf(send), region: regionOf(TO), bucket: 'bucket' } as const
  return { thing, round: 2, at: NOW - 3_600_000, state: 'made', ...parts }
}

/** A line of the ledger for a copy. */
export function copyItem(id = 'copy-1', parts: Partial<Item> = {}): Item {
  const thing = { what: 'copy', id, backend: 'block', zone: TO } as const
  return { thing, round: 2, at: NOW - 3_600_000, state: 'made', ...parts }
}

/** A line of the ledger for a snapshot that was taken. */
export function takenItem(id = 'taken-1', parts: Partial<Item> = {}): Item {
  const thing = { what: 'taken-snapshot', id, backend: 'block', zone: FROM } as const
  return { thing, round: 2, at: NOW - 3_600_000, state: 'made', ...parts }
}

/** A migration whose copy is proven. */
export function proven(parts: Partial<Running> = {}): Running {
  return running({
    ...{ phase: 'tidy', proven: true, round: 7, send: 2, claims: [] },
    facts: { snapshot: SOURCE, sizeBytes: SIZE, image: anImage(1), copy: 'copy-1', provenAt: NOW },
    ledger: [imageItem(1), copyItem()],
    ...parts,
  })
}

/** The image of a send, as inspect records it. */
export function anImage(send: number) {
  return { bucket: 'bucket', key: keyOf(send), bytes: 4_096, etag: 'etag' }
}

/** A migration that is being undone. */
export function unwinding(parts: Partial<Unwinding> = {}): Unwinding {
  const { proven: _, recheck: __, ...core } = running()
  return { ...core, state: 'unwinding', cause: { ending: 'cancelled' }, ...parts }
}

/** A parked migration. */
export function parked(parkedFrom: ParkedFrom = 'running', parts: Partial<Parked> = {}): Parked {
  const { proven: _, recheck: __, ...core } = parkedFrom === 'proven' ? proven() : running()
  const phase = parkedFrom === 'queued' ? null : core.phase
  const cause = parkedFrom === 'unwinding' ? ({ ending: 'cancelled' } as const) : null
  const rest = { state: 'needs_attention', claims: [], failure: aFailure(), parkedAt: NOW } as const
  return { ...core, ...rest, phase, parkedFrom, cause, ...parts }
}

/** A migration that arrived. */
export function succeeded(parts: Partial<Succeeded> = {}): Succeeded {
  const {
    proven: _,
    recheck: __,
    phase: ___,
    ...core
  } = proven({ ledger: [copyItem('copy-1', { state: 'kept' })] })
  return { ...core, state: 'succeeded', endedAt: NOW, ...parts }
}

/** A migration that failed. */
export function failed(parts: Partial<Failed> = {}): Failed {
  return { ...queued(), state: 'failed', endedAt: NOW, failure: aFailure(), ...parts }
}

/** A migration that was called off. */
export function cancelled(parts: Partial<Cancelled> = {}): Cancelled {
  return { ...queued(), state: 'cancelled', endedAt: NOW, ...parts }
}

export function aFailure(): Failure {
  return { kind: 'stalled', text: 'it stands still', words: null, requestId: null, call: null }
}

/** The moment of a tick: nothing waited for yet, unless a reason and since when are given. */
export function moment(
  parts: Partial<Moment> & Partial<Omit<Pulse, 'why'>> & { why?: WhyCode; sinceMs?: number } = {},
): Moment {
  const { why, sinceMs = 0, now = NOW, redisRun = 'run', dice = 0, waitedMs = 0, looks = 0 } = parts
  const reason = why === undefined ? null : { code: why, text: 'because', since: now - sinceMs }
  return { now, redisRun, dice, pulse: { v: 1, wakeAt: now, plannedMs: 2_000, waitedMs, looks, why: reason } }
}

/** A state with its usual word. */
export function stateOf(kind: SnapshotState['kind']): SnapshotState {
  return kind === 'error' || kind === 'invalid-data'
    ? { kind, word: kind, details: 'why not' }
    : { kind, word: kind }
}

/** The copy as the provider shows it. */
export function aRow(parts: Partial<SnapshotSeen> = {}): SnapshotSeen {
  return {
    ...{ backend: 'block', zone: TO, id: 'copy-1', name: 'web-root', type: 'sbs', project: 'project' },
    ...{ sizeBytes: SIZE, state: stateOf('available'), createdAt: NOW - 60_000, volume: null },
    tags: ['blue', wipTag({ plan: aPlan(), id: ID }, 2)],
    ...parts,
  }
}

/** The source as the provider shows it. */
export function aSource(
  kind: SnapshotState['kind'] = 'available',
  parts: Partial<SnapshotSeen> = {},
): SnapshotSeen {
  return aRow({
    id: SOURCE,
    zone: FROM,
    tags: ['blue'],
    state: stateOf(kind),
    volume: { id: 'volume-1', name: 'v' },
    ...parts,
  })
}

/** An object of ours as a listing shows it: 0 bytes has no header. */
export function anObject(
  send: number,
  bytes_ = 4_096,
  header: ImageSeen['header'] = bytes_ === 0 ? 'none' : 'good',
): ImageSeen {
  return { key: keyOf(send), bytes: bytes_, etag: 'etag', frozen: false, header }
}

/** A failed call. */
export function aCloudFailure(kind: CloudFailureKind, nothing = true): CloudFailure {
  return { kind, call: 'block DoIt', status: 400, words: 'no', requestId: 'r-1', nothing, retryAfterMs: null }
}

/** One migration for each column of the table of moves. */
export function eachColumn(): Readonly<Record<string, Migration>> {
  return {
    queued: queued(),
    'running°': running(),
    'running•': proven(),
    unwinding: unwinding(),
    needs_attention: parked(),
    ended: succeeded(),
  }
}
