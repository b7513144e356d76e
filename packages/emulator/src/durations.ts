/** How long one kind of work takes: a base plus so much per gigabyte (10^9 bytes) of data, in emulated milliseconds. */
export interface Duration {
  baseMs: number
  perGigabyteMs: number
}

/** How long things take, in emulated time. `answer…` is how late the POST itself answers (never in a by-hand drive). */
export interface Durations {
  snapshot: Duration
  export: Duration
  import: Duration
  volume: Duration
  answerExportMs: number
  answerImportMs: number
}

/** Both APIs' durations. */
export type DurationsByApi = Record<'instance' | 'block', Durations>

/** From recordings of 2025 and 2026 with 10 GB disks holding 2.9 GB: an l_ssd export 43–67 s, import 27–58 s; SBS 67–123 s and 5–211 s. */
export const RECORDED: DurationsByApi = {
  instance: {
    snapshot: { baseMs: 5_000, perGigabyteMs: 15_000 },
    export: { baseMs: 3_000, perGigabyteMs: 17_000 },
    import: { baseMs: 2_000, perGigabyteMs: 13_000 },
    volume: { baseMs: 0, perGigabyteMs: 0 },
    answerExportMs: 1_900,
    answerImportMs: 1_300,
  },
  block: {
    snapshot: { baseMs: 3_000, perGigabyteMs: 8_000 },
    export: { baseMs: 3_000, perGigabyteMs: 30_000 },
    import: { baseMs: 5_000, perGigabyteMs: 15_000 },
    volume: { baseMs: 2_000, perGigabyteMs: 0 },
    answerExportMs: 4_000,
    answerImportMs: 1_200,
  },
}

/** How long the work takes for `bytes` of data. */
export function lasting(duration: Duration, bytes: number): number {
  return Math.round(duration.baseMs + (duration.perGigabyteMs * bytes) / 1e9)
}
