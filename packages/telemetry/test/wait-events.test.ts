import { describe, expect, test } from 'vitest'
import { admitted, begun, listening, sampleOf, tell } from './story.ts'

describe('a wait that is worth a line', () => {
  test('a migration that stalls is counted by its phase and told; every phase is there from the start', async () => {
    const { telemetry, parsed } = listening()
    const stalled = tell(telemetry, begun(), admitted)
    telemetry.migrationStalled(stalled)
    expect(await sampleOf(telemetry, 'snapferry_stalled_total', { phase: 'export' })).toBe(1)
    expect(await sampleOf(telemetry, 'snapferry_stalled_total', { phase: 'import' })).toBe(0)
    const told = parsed().filter(({ msg }: { msg: string }) => msg === 'migration stalled')
    expect(told).toMatchObject([{ migrationId: stalled.id, phase: 'export' }])
  })

  test('one that does not run cannot stall', async () => {
    const { telemetry, parsed } = listening()
    telemetry.migrationStalled(begun())
    expect(parsed().filter(({ msg }: { msg: string }) => msg === 'migration stalled')).toEqual([])
  })

  test('a circuit that opened is counted and told by its name', async () => {
    const { telemetry, parsed } = listening()
    telemetry.circuitOpened('circuit:zone/fr-par-1')
    expect(await sampleOf(telemetry, 'snapferry_circuits_opened_total')).toBe(1)
    expect(parsed().at(-1)).toMatchObject({ msg: 'circuit opened', hold: 'circuit:zone/fr-par-1' })
  })
})
