import type { DurationsByApi, RequestRecord, WorkEnd } from '@snapferry/emulator'
import type { FleetRun } from './calls-fleet.ts'
import { answerMsOf, NETWORK_MS, type SnapshotApi, type WorkKind } from './calls-model.ts'
import { PEER_EVERY_MS } from './calls-peer.ts'

/** One piece of the provider's work that somebody waited for. Times are the provider's milliseconds since 1970. */
export interface Wait {
  readonly api: SnapshotApi
  readonly kind: WorkKind
  /** The snapshot that was taken, exported or made. */
  readonly id: string
  /** The POST that began it. */
  readonly post: RequestRecord
  readonly doneMs: number
}

const BEGINS: Readonly<Record<string, WorkKind>> = {
  CreateSnapshot: 'take',
  ExportSnapshot: 'export',
  ImportSnapshot: 'import',
}

/** Every work of a run: each end beside the POST that began it. Throws when a POST or an end stands alone. */
export function waitsOf({ calls, ends }: Pick<FleetRun, 'calls' | 'ends'>): readonly Wait[] {
  const posts = calls.filter(({ operation, madeIds, status }) => {
    const kind = BEGINS[operation]
    return (
      kind !== undefined &&
      status !== 'lost' &&
      Number(status) < 300 &&
      (kind === 'export' || madeIds.length > 0)
    )
  })
  const open = new Map<string, RequestRecord>()
  for (const post of posts) open.set(nameOf(BEGINS[post.operation], post.madeIds[0] ?? post.resourceId), post)
  if (open.size !== posts.length || posts.length !== ends.length)
    throw new Error(`${posts.length} works were begun and ${ends.length} ended`)
  return ends.map((end: WorkEnd): Wait => {
    const post = open.get(nameOf(end.kind, end.id))
    if (post === undefined || post.api === 's3') throw new Error(`nobody began the ${end.kind} of ${end.id}`)
    return { api: post.api, kind: end.kind, id: end.id, post, doneMs: end.endedMs }
  })
}

function nameOf(kind: WorkKind | undefined, id: string | null | undefined): string {
  return `${kind} ${id}`
}

/** How the peer would have waited for one work: how often it looks, and how long after the end it sees it. */
export function peerWait(
  { api, kind, post, doneMs }: Wait,
  durations: DurationsByApi,
): { readonly looks: number; readonly lateMs: number } {
  const afterAnswerMs = doneMs - post.at - NETWORK_MS - answerMsOf(durations, api, kind)
  if (afterAnswerMs <= 0) return { looks: 1, lateMs: Math.abs(afterAnswerMs) }
  const roundMs = PEER_EVERY_MS + NETWORK_MS
  const sleeps = Math.ceil(afterAnswerMs / roundMs)
  return { looks: sleeps + 1, lateMs: sleeps * roundMs - afterAnswerMs }
}

/** Calls the peer would have made for these works: a POST and its looks each, and a HEAD of the image after an export. */
export function peerCalls(waits: readonly Wait[], durations: DurationsByApi): number {
  return waits.reduce(
    (sum, wait) => sum + 1 + peerWait(wait, durations).looks + (wait.kind === 'export' ? 1 : 0),
    0,
  )
}
