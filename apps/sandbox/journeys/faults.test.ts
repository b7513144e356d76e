import type { Fault, WantedFault } from '@snapferry/emulator'
import { afterAll, afterEach, beforeAll, describe, expect, type TaskMeta, test } from 'vitest'
import { Town } from './town.ts'

let town: Town
beforeAll(async () => {
  // Limits of production are half a minute of real time; the emulator answers in milliseconds, or is silent.
  town = await Town.open({ answerMs: 500 })
})
afterAll(() => town.close())
afterEach(async () => {
  town.emulator.admin.clearFaults()
  expect(await town.foreignTouched(), 'somebody else’s things are as they were').toEqual([])
})

const APIS = ['instance', 'block'] as const
const both = <T extends object>(rows: readonly T[]) =>
  rows.flatMap((row) => APIS.map((api) => ({ ...row, api })))

async function carry(
  api: 'instance' | 'block',
  kind: 'snapshot' | 'volume',
  faults: readonly WantedFault[],
  to = 'fr-par-2',
) {
  const wanted = { api, zone: 'fr-par-1', data: { bytes: 1_000_000, extents: 4 } }
  const seeded =
    kind === 'snapshot' ? town.emulator.admin.seedSnapshot(wanted) : town.emulator.admin.seedVolume(wanted)
  const armed = faults.map((fault) => town.emulator.admin.armFault(fault).id)
  const { id } = await town.create({ source: { [kind]: seeded.id }, from: 'fr-par-1', to })
  const ended = await town.ended(id)
  const struck = town.emulator.admin.faults().filter((one) => armed.includes(one.id) && one.fired > 0)
  expect(struck.length, 'every fault struck').toBe(faults.length)
  const ours = (await town.ours()).filter(
    (one) => one.name.includes(id) || one.tags.some((tag) => tag.includes(id)),
  )
  return { id, ended, ours, digest: await town.emulator.admin.digest(seeded.id) }
}

/** The step and the fault of docs/faults.md that a row meets. */
type Met = Pick<NonNullable<TaskMeta['faults']>[number], 'step' | 'fault'>
const told = (met: Met | undefined, outcome: string) => (met === undefined ? [] : [{ ...met, outcome }])

/** What came of it, in words made from what is there. */
function outcomeOf({ ended, ours }: Awaited<ReturnType<typeof carry>>): string {
  const left = ended.leftovers.length === 0 ? '' : `, ${ended.leftovers.length} leftovers`
  if (ours.length === 0) return `${ended.state}, nothing left${left}`
  const isCopy = ours.length === 1 && ours[0]?.id === ended.copy?.id
  return `${ended.state}, ${isCopy ? 'one good copy' : `${ours.length} things`}${left}`
}

const on = (operation: string, fault: Fault, times: number | 'forever' = 1): WantedFault => ({
  match: { operation },
  fault,
  times,
})

describe('what time or another try heals', () => {
  const rows: readonly {
    title: string
    faults: readonly WantedFault[]
    kind?: 'volume'
    met?: Met
  }[] = [
    {
      title: '429 without a body on every call for a while',
      faults: [{ fault: { kind: 'empty-429' }, times: 12 }],
    },
    { title: 'HTML 502 on reads and writes', faults: [{ fault: { kind: 'html-502' }, times: 8, every: 2 }] },
    { title: 'JSON 503 on the export', faults: [on('ExportSnapshot', { kind: 'json-503' }, 3)] },
    {
      title: '409 transient on the export',
      faults: [on('ExportSnapshot', { kind: 'transient-409' }, 3)],
      met: { step: 'export', fault: '409' },
    },
    {
      title: '412 on the import',
      faults: [on('ImportSnapshot', { kind: 'precondition-412' }, 2)],
      met: { step: 'import', fault: '412' },
    },
    {
      title: 'an export whose answer is lost',
      faults: [on('ExportSnapshot', { kind: 'act-then-lose-answer' })],
      met: { step: 'export', fault: 'connection reset' },
    },
    {
      title: 'an import whose answer is lost',
      faults: [on('ImportSnapshot', { kind: 'act-then-lose-answer' })],
      met: { step: 'import', fault: 'connection reset' },
    },
    {
      title: 'an import that answers 502 and was done',
      faults: [on('ImportSnapshot', { kind: 'act-then-502' })],
      met: { step: 'import', fault: '502' },
    },
    {
      title: 'an import that answers garbage and was done',
      faults: [on('ImportSnapshot', { kind: 'act-then-unreadable-200' })],
      met: { step: 'import', fault: 'wrong JSON' },
    },
    {
      title: 'an import whose line breaks before anything is done',
      faults: [on('ImportSnapshot', { kind: 'reset' })],
    },
    {
      title: 'a snapshot whose answer is lost',
      faults: [on('CreateSnapshot', { kind: 'act-then-lose-answer' })],
      met: { step: 'snapshot', fault: 'connection reset' },
      kind: 'volume',
    },
    {
      title: 'a copy that is not shown right after its create',
      faults: [on('ImportSnapshot', { kind: 'not-found-after-create', forMs: 20_000 })],
      met: { step: 'import', fault: 'shown late' },
    },
    {
      title: 'an export that leaves nothing once',
      faults: [on('ExportSnapshot', { kind: 'export-leaves-nothing' })],
      met: { step: 'export', fault: 'object missing' },
    },
    {
      title: 'an export that leaves 0 bytes once',
      faults: [on('ExportSnapshot', { kind: 'export-leaves-placeholder' })],
      met: { step: 'export', fault: 'object empty' },
    },
    {
      title: 'an export that writes garbage once',
      faults: [on('ExportSnapshot', { kind: 'export-bad-image' })],
    },
    {
      title: 'an export that is cut off once',
      faults: [on('ExportSnapshot', { kind: 'export-truncated', bytes: 600_000 })],
      met: { step: 'inspect', fault: 'object truncated' },
    },
    {
      title: 'an import that ends in error once',
      faults: [on('ImportSnapshot', { kind: 'import-ends-in', state: 'error' })],
      met: { step: 'import', fault: 'state error' },
    },
    {
      title: 'a mark that is refused for a while',
      faults: [on('PatchSnapshot', { kind: 'internal-500' }, 4)],
      met: { step: 'tidy', fault: '500' },
    },
    { title: 'a delete that is busy for a while', faults: [on('DeleteObject', { kind: 'json-503' }, 3)] },
    {
      title: 'fields nobody knows, in another order',
      faults: [
        { fault: { kind: 'extra-fields' }, times: 20 },
        { fault: { kind: 'reordered-keys' }, times: 'forever' },
      ],
    },
    {
      title: 'a state nobody knows, for a while',
      faults: [on('GetSnapshot', { kind: 'unknown-state', word: 'sublimating' }, 6)],
    },
  ]
  test.for(both(rows))(
    '$title ($api): one good copy, nothing left',
    async ({ api, faults, kind, met }, { task }) => {
      const carried = await carry(api, kind ?? 'snapshot', faults)
      task.meta.faults = told(met, outcomeOf(carried))
      const { id, ended, ours, digest } = carried

      expect(ended).toMatchObject({ state: 'succeeded', leftovers: [] })
      expect(ours).toHaveLength(1)
      expect(ours[0]).toMatchObject({ id: ended.copy?.id, place: 'fr-par-2', digest })
      expect(ours[0]?.tags).toContain(`snapferry:copy=default.${id}`)
    },
  )
})

describe('a provider that does not answer in time, whether it acted or not, makes one copy and no second', () => {
  const rows = (['ExportSnapshot', 'ImportSnapshot', 'GetSnapshot'] as const).flatMap((operation) =>
    (['timeout', 'act-then-timeout'] as const).map((kind) => ({ operation, kind })),
  )
  const STEP_OF = { ExportSnapshot: 'export', ImportSnapshot: 'import', GetSnapshot: undefined } as const
  const FAULT_OF = { timeout: 'time-out (not done)', 'act-then-timeout': 'time-out (but done)' } as const
  test.for(both(rows))('$operation $kind ($api)', async ({ api, operation, kind }, { task }) => {
    const step = STEP_OF[operation]
    const met = step === undefined ? undefined : { step, fault: FAULT_OF[kind] }
    const before = town.emulator.admin.requests().length
    const carried = await carry(api, 'snapshot', [on(operation, { kind }, 2)])
    task.meta.faults = told(met, outcomeOf(carried))
    const { id, ended, ours, digest } = carried

    const asked = town.emulator.admin.requests().slice(before)
    const unanswered = asked.filter(({ status }) => status === 'lost').map((one) => one.operation)
    expect(new Set(unanswered), 'the provider was silent').toEqual(new Set([operation]))
    expect(ended).toMatchObject({ state: 'succeeded', leftovers: [] })
    expect(ours).toHaveLength(1)
    expect(ours[0]).toMatchObject({ id: ended.copy?.id, place: 'fr-par-2', state: 'available', digest })
    expect(ours[0]?.tags).toContain(`snapferry:copy=default.${id}`)
    const made = asked.filter(({ madeIds }) => madeIds.includes(ours[0]!.id))
    expect(made, 'by the provider’s own log').toHaveLength(1)
  })
})

describe('what nobody can heal ends in failed, with its kind, and nothing is left', () => {
  const bad = (kind: Fault['kind'], more: object = {}) => ({ kind, ...more }) as Fault
  const rows: readonly { kind: string; faults: readonly WantedFault[]; met?: Met }[] = [
    {
      kind: 'export-left-nothing',
      faults: [on('ExportSnapshot', bad('export-leaves-nothing'), 'forever')],
      met: { step: 'export', fault: 'object missing' },
    },
    {
      kind: 'export-left-nothing',
      faults: [on('ExportSnapshot', bad('export-leaves-placeholder'), 'forever')],
      met: { step: 'export', fault: 'object empty' },
    },
    {
      kind: 'export-bad-image',
      faults: [on('ExportSnapshot', bad('export-truncated', { bytes: 600_000 }), 'forever')],
      met: { step: 'export', fault: 'object truncated' },
    },
    { kind: 'export-bad-image', faults: [on('ExportSnapshot', bad('export-bad-image'), 'forever')] },
    {
      kind: 'export-bad-image',
      faults: [on('ExportSnapshot', bad('export-zstd'), 'forever')],
      met: { step: 'export', fault: 'object ZSTD' },
    },
    {
      kind: 'import-error',
      faults: [on('ImportSnapshot', bad('import-ends-in', { state: 'error' }), 'forever')],
      met: { step: 'import', fault: 'state error' },
    },
    {
      kind: 'copy-too-small',
      faults: [on('ImportSnapshot', bad('import-wrong-size', { bytes: 9_000_000_000 }), 'forever')],
      met: { step: 'verify', fault: 'object wrong size' },
    },
  ]
  test.for(both(rows))('$kind ($api, $faults.0.fault.kind)', async ({ api, kind, faults, met }, { task }) => {
    const carried = await carry(api, 'snapshot', faults)
    task.meta.faults = told(met, outcomeOf(carried))
    const { ended, ours } = carried

    expect(ended).toMatchObject({ state: 'failed', failure: { kind }, leftovers: [] })
    expect(ended.failure?.fix).toBeTruthy()
    expect(ours).toEqual([])
  })

  test('import-invalid-data keeps the words of the provider (instance)', async ({ task }) => {
    const ends = bad('import-ends-in', { state: 'invalid_data', details: 'checksum mismatch at cluster 7' })
    const carried = await carry('instance', 'snapshot', [on('ImportSnapshot', ends, 'forever')])
    task.meta.faults = told({ step: 'import', fault: 'state invalid_data' }, outcomeOf(carried))
    const { ended, ours } = carried

    expect(ended).toMatchObject({
      state: 'failed',
      failure: { kind: 'import-invalid-data', words: 'checksum mismatch at cluster 7' },
    })
    expect(ours).toEqual([])
  })
})

describe('what a person must heal parks the migration, and a retry goes on from there', () => {
  const rows: readonly { kind: string; fault: WantedFault; met: Met }[] = [
    {
      kind: 'stalled',
      fault: on('ImportSnapshot', { kind: 'stuck-importing' }),
      met: { step: 'import', fault: 'state never changes' },
    },
    {
      kind: 'stalled',
      fault: on('ExportSnapshot', { kind: 'stuck-exporting' }),
      met: { step: 'export', fault: 'state never changes' },
    },
  ]
  test.for(both(rows))('$kind ($api)', async ({ api, kind, fault, met }, { task }) => {
    const { id, ended, ours } = await carry(api, 'snapshot', [fault])
    expect(ended).toMatchObject({ state: 'needs_attention', done: false, failure: { kind } })

    town.emulator.admin.clearFaults()
    const busy = [...ours, ...(await town.emulator.admin.census())].filter(
      ({ state }) => state === 'importing' || state === 'creating' || state === 'exporting',
    )
    for (const one of busy) await town.emulator.admin.turn({ id: one.id, finish: true })
    expect((await town.ask('POST', `/v1/migrations/${id}/retry`)).status).toBe(202)
    const after = await town.until(id, ({ done }) => done)

    task.meta.faults = told(met, `${ended.done ? 'ended' : 'parked'}; ${after.state} after a retry`)
    expect(after).toMatchObject({ state: 'succeeded', leftovers: [] })
    const left = (await town.ours()).filter(
      (one) => one.name.includes(id) || one.tags.some((tag) => tag.includes(id)),
    )
    expect(left).toHaveLength(1)
  })

  /** A right that was never there is not the account's fault of this hour: no import into this zone has ever worked. */
  const rightless = { to: 'fr-par-3', fault: on('ImportSnapshot', { kind: 'permissions-403' }, 'forever') }

  test('after three days nobody came: it is undone and ends in failed', async () => {
    const { id, ended } = await carry('block', 'snapshot', [rightless.fault], rightless.to)
    expect(ended).toMatchObject({ state: 'needs_attention', failure: { kind: 'permission-denied' } })

    const after = await town.until(id, ({ done }) => done)

    expect(after).toMatchObject({ state: 'failed', failure: { kind: 'permission-denied' }, leftovers: [] })
    expect((await town.ours()).filter(({ name }) => name.includes(id))).toEqual([])
  })

  test('permission-denied, the first time such a call is made', async ({ task }) => {
    const { id, ended } = await carry('block', 'snapshot', [rightless.fault], rightless.to)
    expect(ended).toMatchObject({ state: 'needs_attention', failure: { kind: 'permission-denied' } })

    town.emulator.admin.clearFaults()
    expect((await town.ask('POST', `/v1/migrations/${id}/retry`)).status).toBe(202)
    const after = await town.until(id, ({ done }) => done)

    task.meta.faults = told({ step: 'import', fault: '403' }, `parked; ${after.state} after a retry`)
    expect(after).toMatchObject({ state: 'succeeded', leftovers: [] })
  })
})

describe('what is wrong with the account is held, and goes on by itself after the cure', () => {
  const rows: readonly { why: string; fault: WantedFault; met: Met }[] = [
    {
      why: 'hold-quota',
      fault: on('ImportSnapshot', { kind: 'quota-403' }, 'forever'),
      met: { step: 'import', fault: '403 quota' },
    },
    {
      why: 'hold-credentials',
      fault: on('ExportSnapshot', { kind: 'unauthenticated-401' }, 'forever'),
      met: { step: 'export', fault: '401' },
    },
  ]
  test.for(both(rows))('$why ($api)', async ({ api, why, fault, met }, { task }) => {
    const wanted = { api, zone: 'fr-par-1', data: { bytes: 1_000_000, extents: 4 } }
    const seeded = town.emulator.admin.seedSnapshot(wanted)
    town.emulator.admin.armFault(fault)
    const { id } = await town.create({ source: { snapshot: seeded.id }, from: 'fr-par-1', to: 'fr-par-2' })
    await town.until(id, (m) => m.why?.code === why)
    for (let minute = 0; minute < 10; minute++) {
      await town.advance(60_000)
      await town.quiet()
    }
    const held = await town.get(id)
    expect(held).toMatchObject({ state: 'running', why: { code: why } })
    expect(held).not.toHaveProperty('failure')

    town.emulator.admin.clearFaults()
    const after = await town.until(id, ({ done }) => done)

    task.meta.faults = told(met, `held; ${after.state} after the cure, without a retry`)
    expect(after).toMatchObject({ state: 'succeeded', leftovers: [] })
    expect(await town.journal.holds.list()).toEqual([])
    expect((await town.events(id)).filter(({ type }) => type === 'attempt-failed')).toEqual([])
  })
})
