import { describe, expect, test } from 'vitest'
import { openStaged } from './support/asking-stage.ts'

describe.each(['instance', 'block'] as const)('%s tells when work ended', (api) => {
  test('an export at the moment it was due, however far the clock was moved, and none before', async () => {
    const { startExport, snapshot, admin } = await openStaged(api)
    const { id } = snapshot()
    admin.setRules({ durations: { [api]: { export: { baseMs: 60_000, perGigabyteMs: 0 } } } })
    const startedMs = admin.nowMs()
    await startExport(id)
    await admin.advance(59_999)
    expect(admin.ends()).toEqual([])
    await admin.advance(3_600_000)
    expect(admin.ends()).toEqual([{ id, kind: 'export', endedMs: startedMs + 60_000 }])
  })

  test('nothing of work that is stuck', async () => {
    const { startExport, snapshot, admin } = await openStaged(api)
    admin.armFault({ match: { operation: 'ExportSnapshot' }, fault: { kind: 'stuck-exporting' } })
    await startExport(snapshot().id)
    await admin.advance(3_600_000)
    expect(admin.ends()).toEqual([])
  })
})
