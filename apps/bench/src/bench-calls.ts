import { carryFleet, type FleetRun, type SourceKind } from './calls-fleet.ts'
import { type Attributed, attribute } from './calls-kinds.ts'
import { durationsOf, RECORDED_RANGES } from './calls-model.ts'
import { runPeer } from './calls-peer.ts'
import { peerCalls, peerWait, type Wait, waitsOf } from './calls-waits.ts'
import { type Lateness, latenessOf } from './latency.ts'

/** How much is carried and how. */
export interface CallsOptions {
  readonly sizes: readonly number[]
  /** Migrations carried before each run, for what a fleet learns; they count for nothing. */
  readonly warm: number
  readonly source: SourceKind
  readonly workers: number
  /** Provider calls a second that the fleet may make; null leaves it as it is. */
  readonly rate: number | null
  readonly settings: Readonly<Record<string, string>>
  readonly jumps: boolean
}

/** One size: our run, and the peer beside it. */
export interface CallsRow {
  readonly run: FleetRun
  readonly calls: readonly Attributed[]
  readonly waits: readonly Wait[]
  readonly lateness: readonly Lateness[]
  readonly peer: PeerFigures
}

/** What the peer asks for the same works. */
export interface PeerFigures {
  /** Calls for the whole fleet, reckoned from when the provider's work began and ended in our run. */
  readonly calls: number
  /** How late it would have seen each end, milliseconds. */
  readonly lateMs: readonly number[]
  /** Calls it made when it was really run, against a provider with the same disks; null when it was not. */
  readonly madeCalls: number | null
}

/** Above this the peer is only reckoned. */
export const PEER_RUN_MAX = 10

/** Carries each size and then, up to ten, the peer's. Throws before any number of work that was not done is told. */
export async function benchCalls(
  o: CallsOptions,
  tell: (line: string) => void,
): Promise<readonly CallsRow[]> {
  const durations = durationsOf(RECORDED_RANGES)
  const rows: CallsRow[] = []
  for (const size of o.sizes) {
    const run = await carryFleet({ ...o, size, durations })
    const calls = attribute(run)
    const waits = waitsOf(run)
    const peer = size > PEER_RUN_MAX ? null : await runPeer(size, o.source, durations)
    const figures = {
      calls: peerCalls(waits, durations),
      lateMs: waits.map((wait) => peerWait(wait, durations).lateMs),
      madeCalls: peer?.calls.length ?? null,
    }
    rows.push({ run, calls, waits, lateness: latenessOf(waits, calls), peer: figures })
    const each = (run.calls.length / size).toFixed(1)
    const seconds = (ms: number) => Math.round(ms / 1_000)
    tell(
      `${size} at once: ${each} calls each, ${seconds(run.lastedMs)} s of the provider's time in ${seconds(run.realMs)} s`,
    )
  }
  return rows
}
