import type { DurationsByApi } from '@snapferry/emulator'

/** The two APIs that snapshots live behind. */
export const APIS = ['instance', 'block'] as const
export type SnapshotApi = (typeof APIS)[number]

/** What the provider works on in the background. */
export type WorkKind = 'take' | 'export' | 'import'

/** How long each work takes in these runs: from the least to the greatest, seconds. */
export type Ranges = Readonly<
  Record<SnapshotApi, Readonly<Record<WorkKind, readonly [least: number, most: number]>>>
>

/**
 * From public recordings of 2025 and 2026: 10 GB disks with about 2.9 GB of content; SBS imports as on 2026-08-17, when
 * they had become slow.
 */
export const RECORDED_RANGES: Ranges = {
  instance: { take: [29, 101], export: [43, 67], import: [27, 58] },
  block: { take: [1, 87], export: [67, 123], import: [106, 211] },
}

/** Recorded: how late the POST itself answers, milliseconds. An SBS export took 2.1 to 6.4 s. */
const ANSWERS = {
  instance: { answerExportMs: 1_900, answerImportMs: 1_300 },
  block: { answerExportMs: 4_000, answerImportMs: 1_200 },
} as const

/**
 * How long every call takes on its way, besides. No recording tells it; it also keeps the calls of two ticks apart, so
 * that the log shows to which of them each belongs.
 */
export const NETWORK_MS = 30

/** Real content stands for how full a disk is, so that a thousand images are quickly written: this much is full. */
const FULL_BYTES = 2_097_152
const BLOCK_BYTES = 4_096
/** Header and tables of an image with so little content, and half a cluster that its end leaves empty. */
const IMAGE_OVERHEAD_BYTES = 5.5 * 65_536
/** Steps by it fill an interval evenly, whatever their number. */
const GOLDEN = 0.618_033_988_749_895

/** How much content the disk of migration number `n` has: evenly spread over the fleet, the same in every run. */
export function contentBytesOf(n: number): number {
  const share = (0.5 + n * GOLDEN) % 1
  return Math.max(1, Math.round((share * FULL_BYTES) / BLOCK_BYTES)) * BLOCK_BYTES
}

/** The emulator's durations, which count bytes, so that the fleet's work is spread over the ranges. */
export function durationsOf(ranges: Ranges): DurationsByApi {
  const of = (api: SnapshotApi): DurationsByApi['instance'] => ({
    snapshot: spreadOver(ranges[api].take, 0),
    export: spreadOver(ranges[api].export, 0),
    import: spreadOver(ranges[api].import, IMAGE_OVERHEAD_BYTES),
    volume: { baseMs: 0, perGigabyteMs: 0 },
    ...ANSWERS[api],
  })
  return { instance: of('instance'), block: of('block') }
}

function spreadOver([least, most]: readonly [number, number], overheadBytes: number) {
  const msPerByte = ((most - least) * 1_000) / FULL_BYTES
  return { baseMs: least * 1_000 - msPerByte * overheadBytes, perGigabyteMs: msPerByte * 1e9 }
}

/** How late the provider answers the POST that begins a work, milliseconds. */
export function answerMsOf(durations: DurationsByApi, api: SnapshotApi, kind: WorkKind): number {
  const { answerExportMs, answerImportMs } = durations[api]
  return kind === 'export' ? answerExportMs : kind === 'import' ? answerImportMs : 0
}
