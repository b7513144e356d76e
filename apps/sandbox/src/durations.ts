import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import type { PhaseLine } from './screen.ts'

/** What earlier runs took: seconds at real speed under `<kind> <phase>`, oldest first, at most the last nine. */
export type Durations = Readonly<Record<string, readonly number[]>>

const KEPT_MAX = 9

/** Before the first run: what the emulator plays for a disk of 64 MB content, seconds at real speed. */
const FIRST_SECONDS: Readonly<Record<string, number>> = {
  snapshot: 8,
  export: 10,
  inspect: 1,
  import: 10,
  verify: 1,
  tidy: 3,
}

/** How long a phase takes as a rule, seconds at real speed: the median of what is remembered of this kind of disk. */
export function usualSeconds(durations: Durations, kind: string, phase: string): number {
  const seen = (durations[`${kind} ${phase}`] ?? []).toSorted((a, b) => a - b)
  const low = seen[Math.floor((seen.length - 1) / 2)]
  const high = seen[Math.floor(seen.length / 2)]
  return low === undefined || high === undefined ? (FIRST_SECONDS[phase] ?? 1) : (low + high) / 2
}

/** The memory with one finished move more, that was watched at `speed` times the real speed. */
export function withMove(
  durations: Durations,
  kind: string,
  phases: readonly PhaseLine[],
  speed: number,
): Durations {
  const added = phases.flatMap(({ phase, state, seconds }) => {
    if (state !== 'done' || seconds === null) return []
    const key = `${kind} ${phase}`
    return [[key, [...(durations[key] ?? []), seconds * speed].slice(-KEPT_MAX)]]
  })
  return { ...durations, ...Object.fromEntries(added) }
}

/** The memory of a file; nothing where there is none, or what is in it is not ours. */
export function readDurations(file: string): Durations {
  try {
    const read: unknown = JSON.parse(readFileSync(file, 'utf8'))
    if (typeof read !== 'object' || read === null) return {}
    const rows = Object.entries(read).flatMap(([key, seconds]) =>
      Array.isArray(seconds) ? [[key, seconds.filter(isSeconds).slice(-KEPT_MAX)]] : [],
    )
    return Object.fromEntries(rows)
  } catch {
    return {}
  }
}

/** Writes the memory whole or not at all: another start may read it meanwhile. */
export function writeDurations(file: string, durations: Durations): void {
  const making = `${file}.${process.pid}`
  writeFileSync(making, `${JSON.stringify(durations, null, 2)}\n`)
  renameSync(making, file)
}

function isSeconds(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0
}
