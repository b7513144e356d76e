import { startProgram } from './program.ts'
import type { Town } from './town.ts'

/** A worker of a town as a process of its own, started as an operator starts it: by its environment. */
export interface WorkerProcess {
  readonly pid: number
  /** SIGKILL: nothing is drained, told or given back. Resolves when the process is gone; does nothing a second time. */
  kill(): Promise<void>
}

/** Starts a worker process and waits until it takes ticks; rejects with what it said when it ends before. */
export async function startWorkerProcess(town: Town): Promise<WorkerProcess> {
  const program = await startProgram(town, 'worker', { SNAPFERRY_LOG_LEVEL: 'silent' })
  return {
    pid: program.pid,
    kill: async () => {
      program.signal('SIGKILL')
      await program.ended
    },
  }
}
