import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { HELD_PHASES, holdIn, oursOf } from './hold.ts'
import { Town } from './town.ts'
import { startWorkerProcess, type WorkerProcess } from './worker-process.ts'

let town: Town
let worker: WorkerProcess
beforeAll(async () => {
  town = await Town.open({ workers: 0 })
  town.startDrain()
  worker = await startWorkerProcess(town)
})
afterAll(async () => {
  await worker.kill()
  await town.close()
})
afterEach(async () => {
  town.emulator.admin.clearFaults()
  expect(await town.foreignTouched(), 'somebody else’s things are as they were').toEqual([])
})

async function killAndReplace(): Promise<void> {
  const { pid } = worker
  await worker.kill()
  expect(() => process.kill(pid, 0), 'the process is gone').toThrow('ESRCH')
  worker = await startWorkerProcess(town)
  expect(worker.pid).not.toBe(pid)
}

/** One good copy that its proof names, and nothing else of this migration. */
async function expectOneCopy(id: string, digest: string | null): Promise<void> {
  const ended = await town.ended(id)
  expect(ended).toMatchObject({ state: 'succeeded', leftovers: [] })
  const ours = await oursOf(town, id)
  expect(ours.map((one) => one.id)).toEqual([ended.copy?.id])
  expect(ours[0]).toMatchObject({ place: 'fr-par-2', state: 'available', digest })
}

describe('a worker process killed with SIGKILL and replaced', () => {
  const table = HELD_PHASES.map((phase, at) => ({ phase, api: at % 2 === 0 ? 'block' : 'instance' }) as const)

  test.for(table)('in $phase ($api) changes nothing about the copy', async ({ phase, api }, { task }) => {
    task.meta.faults = [{ step: phase, fault: 'killed after the save', outcome: 'succeeded, one good copy' }]
    const { id, digest } = await holdIn(town, phase, api)

    await killAndReplace()
    town.emulator.admin.clearFaults()

    await expectOneCopy(id, digest)
  })

  // The lock of the dead worker's job runs out in 10 s, the next look for such jobs comes within 5 s: real time.
  test.for([
    { operation: 'ExportSnapshot', step: 'export', before: 'snapshot', kind: 'act-then-timeout' },
    { operation: 'ImportSnapshot', step: 'import', before: 'inspect', kind: 'act-then-timeout' },
    { operation: 'ImportSnapshot', step: 'import', before: 'inspect', kind: 'timeout' },
  ] as const)(
    'in the middle of $operation ($kind) makes no second copy',
    { timeout: 90_000 },
    async ({ operation, step, before, kind }, { task }) => {
      const fault = kind === 'timeout' ? 'killed before the call' : 'killed after the call'
      task.meta.faults = [{ step, fault, outcome: 'succeeded, one good copy' }]
      const { id, digest } = await holdIn(town, before, 'block')
      town.emulator.admin.clearFaults()
      town.emulator.admin.armFault({ match: { operation }, times: 1, fault: { kind } })
      const seen = town.emulator.admin.requests().length
      const isAsked = () =>
        town.emulator.admin
          .requests()
          .slice(seen)
          .some((one) => one.operation === operation && one.status === 'lost')
      // A worker in the middle of a write is not quiet: time goes on in small steps until the provider was asked.
      await town.eventually(async () => {
        if (!isAsked()) await town.advance(1_000)
        return isAsked()
      })
      expect((await town.queue.counts())['active']).toBe(1)

      await killAndReplace()

      await expectOneCopy(id, digest)
    },
  )
})
