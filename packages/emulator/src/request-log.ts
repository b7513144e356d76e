import { closeSync, openSync, readFileSync, renameSync, writeFileSync, writeSync } from 'node:fs'
import type { Matchable } from './faults/fault-rule.ts'

/** One call as the provider saw it. `lost`: acted or not, no answer left; `reset`: the line was cut. */
export interface RequestRecord extends Matchable {
  n: number
  /** Emulated ms. */
  at: number
  method: string
  path: string
  status: number | 'lost' | 'reset'
  fault: string | null
  accessKey: string | null
  userAgent: string
  requestId: string
  madeIds: string[]
}

/** The provider's own record of all calls: the last 200,000 are kept, also over a restart. */
export interface RequestLog {
  /** The number of the next call. */
  open(): number
  add(record: RequestRecord): void
  after(n: number): RequestRecord[]
  /** Calls by `api operation status`, since the data folder began or the last `forget`. */
  counts(): Record<string, number>
  forget(): void
  close(): void
}

const KEPT_MAX = 200_000

/** Opens the log in `file`, one JSON line a call; numbers go on above `numberMin`, which things made by lost calls bear. */
export function openRequestLog(file: string, numberMin: number): RequestLog {
  let kept = readLog(file)
  let lines = kept.length
  let last = kept.reduce((most, record) => Math.max(most, record.n), numberMin)
  let fd = openSync(file, 'a')
  let isClosed = false
  const rewrite = () => {
    closeSync(fd)
    writeFileSync(`${file}.tmp`, kept.map((record) => `${JSON.stringify(record)}\n`).join(''))
    renameSync(`${file}.tmp`, file)
    fd = openSync(file, 'a')
    lines = kept.length
  }
  let counts = countAll(kept)
  return {
    open: () => ++last,
    add(record) {
      kept.push(record)
      count(counts, record)
      // A call that a fault held may end after the log.
      if (isClosed) return
      // Written at once: a killed process must not forget calls that it has answered.
      writeSync(fd, `${JSON.stringify(record)}\n`)
      lines++
      if (kept.length > KEPT_MAX * 1.1) kept = kept.slice(-KEPT_MAX)
      if (lines > KEPT_MAX * 2) rewrite()
    },
    after: (n) => kept.filter((record) => record.n > n).slice(-KEPT_MAX),
    counts: () => ({ ...counts }),
    forget() {
      kept = []
      counts = {}
      rewrite()
    },
    close() {
      isClosed = true
      closeSync(fd)
    },
  }
}

function readLog(file: string): RequestRecord[] {
  let text = ''
  try {
    text = readFileSync(file, 'utf8')
  } catch {
    return []
  }
  const records: RequestRecord[] = []
  for (const line of text.split('\n')) {
    // The last line may be half of one: the process was killed while writing it.
    if (line.endsWith('}')) records.push(JSON.parse(line))
  }
  return records.slice(-KEPT_MAX)
}

function countAll(records: RequestRecord[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const record of records) count(counts, record)
  return counts
}

function count(counts: Record<string, number>, record: RequestRecord): void {
  const name = `${record.api} ${record.operation} ${record.status}`
  counts[name] = (counts[name] ?? 0) + 1
}
