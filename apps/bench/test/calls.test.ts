import type { RequestRecord } from '@snapferry/emulator'
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { benchCalls, type CallsRow } from '../src/bench-calls.ts'
import type { FleetRun } from '../src/calls-fleet.ts'
import { callsJson } from '../src/calls-json.ts'
import { attribute, KINDS, STAGES } from '../src/calls-kinds.ts'
import {
  contentBytesOf,
  durationsOf,
  NETWORK_MS,
  RECORDED_RANGES,
  type SnapshotApi,
  type WorkKind,
} from '../src/calls-model.ts'
import { callsNote } from '../src/calls-note.ts'
import { callsTable, storyOf } from '../src/calls-report.ts'
import { peerWait, type Wait, waitsOf } from '../src/calls-waits.ts'
import { latenessOf, quantile } from '../src/latency.ts'
import { latencyTable } from '../src/latency-report.ts'
import { machineOf } from '../src/machine.ts'

const OPTIONS = {
  sizes: [3],
  warm: 1,
  source: 'volume',
  workers: 1,
  rate: null,
  settings: {},
  jumps: true,
} as const
const DURATIONS = durationsOf(RECORDED_RANGES)

describe('three volumes at once, carried by the programs themselves', () => {
  let row: CallsRow
  beforeAll(async () => {
    const [first] = await benchCalls(OPTIONS, () => {})
    row = first!
  }, 90_000)

  test('every call of the provider’s log is of exactly one kind and one phase, and none is lost', () => {
    const { run, calls } = row
    expect(calls.map(({ call }) => call.n)).toEqual(run.calls.map(({ n }) => n))
    expect(new Set(run.calls.map(({ n }) => n)).size).toBe(run.calls.length)
    const json = callsJson({ before: machineOf(), after: machineOf(), options: OPTIONS, rows: [row] })
    const [told] = (json as { sizes: { byKind: object; byStage: object; calls: number }[] }).sizes
    expect(sum(Object.values(told!.byKind))).toBe(run.calls.length)
    expect(sum(Object.values(told!.byStage))).toBe(run.calls.length)
    expect(calls.filter(({ kind, stage }) => kind === 'other calls' || stage === 'unknown')).toEqual([])
  })

  test('whose a call was is known, except for the checks of the bucket they share and the chores', () => {
    const shared = row.calls.filter(({ of }) => of === null)
    const strange = shared.filter(({ stage }) => stage !== 'checks' && stage !== 'chores')
    expect(strange.map(({ call }) => call.path)).toEqual([])
    const own = row.run.carried.map((one) => row.calls.filter(({ of }) => of === one).length)
    expect(sum(own) + shared.length).toBe(row.run.calls.length)
  })

  test('the writes of the log are those that a migration needs, each in its phase', () => {
    const writes = row.calls.filter(({ call }) => call.method !== 'GET' && call.method !== 'HEAD')
    const names = writes.map(({ call, stage }) => `${stage}: ${call.operation}`).toSorted()
    const each = [
      'export: ExportSnapshot',
      'import: ImportSnapshot',
      'snapshot: CreateSnapshot',
      'tidy: DeleteObject',
      'tidy: DeleteSnapshot',
      'tidy: PatchSnapshot',
    ]
    expect(names).toEqual(each.flatMap((name) => [name, name, name]))
  })

  test('each work of the provider was seen to end, after it ended and within our longest pause', () => {
    expect(row.lateness).toHaveLength(9)
    for (const { seenMs, recordedMs } of row.lateness) {
      expect(seenMs).toBeGreaterThanOrEqual(0)
      expect(seenMs).toBeLessThan(45_000)
      expect(recordedMs).toBeGreaterThanOrEqual(seenMs)
    }
  })

  test('the peer really ran, and made as many calls as are reckoned for it', () => {
    expect(row.peer.madeCalls).not.toBeNull()
    // Its works begin some milliseconds apart from ours: now and then one of them takes a look more or less.
    expect(Math.abs(row.peer.madeCalls! - row.peer.calls)).toBeLessThanOrEqual(row.waits.length)
  })

  test('the tables stay within 80 columns with four sizes', () => {
    const rows = [row, row, row, row]
    const what = { before: machineOf(), after: machineOf(), options: OPTIONS, rows }
    const lines = [callsNote(what), callsTable(rows), latencyTable(rows)].join('\n').split('\n')
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80)
    expect(callsNote(what)).toContain('local: snapshot 29–101, export 43–67, import 27–58')
    expect(storyOf(rows).split('\n')[0]).toContain('0.000')
  })
})

describe('what cannot be counted', () => {
  const call = (parts: Partial<RequestRecord>): RequestRecord => ({
    ...{ n: 1, at: 1_000, api: 'block', operation: 'ExportSnapshot', method: 'POST', zone: 'fr-par-1' },
    ...{ region: null, bucket: null, key: null, resourceId: 'a', path: '/', status: 200, fault: null },
    ...{ accessKey: null, userAgent: '', requestId: '', madeIds: [] },
    ...parts,
  })
  const runOf = (calls: readonly RequestRecord[]): FleetRun => ({
    ...{ size: 1, source: 'snapshot', carried: [], ends: [], lastedMs: 0, realMs: 0 },
    calls,
  })

  test.each(['ListVolumeTypes', 'GetSnapshot', 'Unknown', 'PutObject'])(
    '%s of nothing of ours is another call, and is counted as one',
    (operation) => {
      const [one] = attribute(runOf([call({ operation, method: 'GET' })]))
      expect(one).toMatchObject({ kind: 'other calls', stage: 'unknown', of: null })
    },
  )

  test.each([
    ['ListObjectsV2', '/images?prefix=snapferry%2Fdefault%2Farchive%2F'],
    ['GetObject', '/images/snapferry/default/archive/2026-11-23.json'],
    ['ListSnapshots', '/block/v1/zones/fr-par-1/snapshots?project_id=x'],
  ])('%s of %s is a chore of the fleet', (operation, path) => {
    const [one] = attribute(runOf([call({ operation, path, method: 'GET' })]))
    expect(one).toMatchObject({ kind: 'archive and sweep', stage: 'chores', of: null })
  })

  test('a work that never ended, or that nobody began', () => {
    const ends = [{ id: 'b', kind: 'export', endedMs: 5_000 }] as const
    expect(() => waitsOf({ calls: [call({})], ends: [] })).toThrow('1 works were begun and 0 ended')
    expect(() => waitsOf({ calls: [call({})], ends })).toThrow('nobody began the export of b')
  })

  test('a work whose end nobody saw', () => {
    const [post, end] = [call({}), { id: 'a', kind: 'export', endedMs: 5_000 } as const]
    const waits = waitsOf({ calls: [post], ends: [end] })
    expect(() => latenessOf(waits, attribute(runOf([post])))).toThrow('nobody saw the end of the export of a')
  })

  test('each kind and each phase stands once in its list', () => {
    expect(new Set(KINDS).size).toBe(KINDS.length)
    expect(new Set(STAGES).size).toBe(STAGES.length)
  })
})

describe('the peer, reckoned', () => {
  const wait = (api: SnapshotApi, kind: WorkKind, lastingMs: number): Wait => {
    const post = { at: 0, api } as Wait['post']
    return { api, kind, id: 'a', post, doneMs: lastingMs }
  }
  const answered = 1_900 + NETWORK_MS
  const round = 5_000 + NETWORK_MS

  test.each([
    ['done before the answer', answered - 900, { looks: 1, lateMs: 900 }],
    ['done with the answer', answered, { looks: 1, lateMs: 0 }],
    ['done a moment later', answered + 1, { looks: 2, lateMs: round - 1 }],
    ['done with the second look', answered + round, { looks: 2, lateMs: 0 }],
    ['done in the twelfth pause', answered + 11 * round + 30, { looks: 13, lateMs: round - 30 }],
  ])('an export %s', (_, lastingMs, expected) => {
    expect(peerWait(wait('instance', 'export', lastingMs), DURATIONS)).toEqual(expected)
  })

  test('the longer the provider works, the more it asks, and it is never later than one pause', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 500_000 }), fc.integer({ min: 0, max: 60_000 }), (ms, more) => {
        const [short, long] = [ms, ms + more].map((lasting) =>
          peerWait(wait('block', 'import', lasting), DURATIONS),
        )
        expect(long!.looks).toBeGreaterThanOrEqual(short!.looks)
        expect(short!.lateMs).toBeGreaterThanOrEqual(0)
        expect(short!.lateMs).toBeLessThan(round)
      }),
    )
  })
})

test('disks are filled evenly, in whole blocks, and the same in every run', () => {
  const filled = Array.from({ length: 1_000 }, (_, n) => contentBytesOf(n))
  expect(filled.every((bytes) => bytes >= 4_096 && bytes <= 2_097_152 && bytes % 4_096 === 0)).toBe(true)
  expect(sum(filled) / filled.length / 2_097_152).toBeCloseTo(0.5, 2)
  expect(contentBytesOf(7)).toBe(contentBytesOf(7))
})

test('a quantile is a value of the list with so many of them at or below it', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer(), { minLength: 1 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (values, share) => {
        const value = quantile(values, share)
        expect(values).toContain(value)
        expect(values.filter((one) => one <= value).length).toBeGreaterThanOrEqual(share * values.length)
      },
    ),
  )
  expect(() => quantile([], 0.5)).toThrow(RangeError)
})

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
