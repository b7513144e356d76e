import type { SweepReport } from '@snapferry/migration'
import { expect, test } from 'vitest'
import { listening, sampleOf } from './story.ts'

const NONE = { things: 0, bytes: 0 }
const REPORT: SweepReport = {
  ...{
    id: 'w1',
    by: 'nightly',
    askedAt: 1,
    dryRun: false,
    acknowledged: null,
    startedAt: 2,
    finishedAt: 1_002,
  },
  ...{ refused: [], marked: NONE, listed: { late: 0, orphan: 2, unclaimed: 0 } },
  places: [{ place: 'snapshots/block/fr-par-1/p', notSeen: null, counts: {} }],
  counts: {
    ...{ 'in-use': NONE, known: NONE, copy: NONE, 'too-young': NONE, late: NONE, unclaimed: NONE },
    orphan: { things: 2, bytes: 9 },
  },
}

test('a sweep is one line and one count, and what it lists is a gauge', async () => {
  const { telemetry, parsed } = listening()
  telemetry.sweepEnded(REPORT)
  expect(parsed().filter((line) => line['msg'] === 'sweep ended')).toMatchObject([
    { sweep: 'w1', by: 'nightly', dryRun: false, places: { seen: 1, notSeen: [] }, tookMs: 1_000 },
  ])
  expect(await sampleOf(telemetry, 'snapferry_sweeps_total', { outcome: 'removing' })).toBe(1)
  expect(await sampleOf(telemetry, 'snapferry_orphans', { kind: 'orphan' })).toBe(2)
  expect(await sampleOf(telemetry, 'snapferry_orphan_bytes', { kind: 'orphan' })).toBe(9)
  expect(await sampleOf(telemetry, 'snapferry_orphans', { kind: 'late' })).toBe(0)
})

test('one that refused, or could not see a place, is a warning that says why', async () => {
  const { telemetry, parsed } = listening()
  const places = [{ place: 'snapshots/block/fr-par-1/p', notSeen: '403', counts: {} }]
  telemetry.sweepEnded({ ...REPORT, places, refused: [{ code: 'journal-empty', text: '…' }] })
  const [line] = parsed().filter((one) => one['msg'] === 'sweep ended')
  expect(line).toMatchObject({
    level: 'warn',
    refused: ['journal-empty'],
    places: { seen: 0, notSeen: ['snapshots/block/fr-par-1/p'] },
  })
  expect(await sampleOf(telemetry, 'snapferry_sweeps_total', { outcome: 'refused' })).toBe(1)
  telemetry.sweepEnded({ ...REPORT, dryRun: true, refused: [{ code: 'journal-empty', text: '…' }] })
  expect(await sampleOf(telemetry, 'snapferry_sweeps_total', { outcome: 'looked' })).toBe(1)
})
