import { cpus, loadavg } from 'node:os'

/** The machine at one moment. */
export interface Machine {
  readonly cores: number
  readonly model: string
  readonly node: string
  /** Processes that wanted to run in the last minute, on average. */
  readonly load: number
  readonly at: Date
}

/** The machine now. */
export function machineOf(): Machine {
  const all = cpus()
  const model = all[0]?.model.trim() ?? 'unknown processor'
  return { cores: all.length, model, node: process.versions.node, load: loadavg()[0] ?? 0, at: new Date() }
}
