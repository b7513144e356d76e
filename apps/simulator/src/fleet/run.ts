import type { Intent, MigrationId, Reading } from '@snapferry/migration'
import type { Incident } from '../story/incident.ts'
import type { Machine } from './machine.ts'

/** One answer that a run was given, beside the true one. */
export interface Looked {
  readonly key: string
  readonly given: unknown
  readonly truth: unknown
  /** What made the two differ. */
  readonly incidents: readonly Incident[]
}

/** One run of a job: the ticks between its beginning and its sleep. */
export class Run {
  readonly machine: Machine
  readonly incarnation: number
  readonly id: MigrationId
  readonly token: string
  readonly crashes: number
  isDead = false
  /** What it read last, and when. */
  reading: Reading | null = null
  readAt = 0
  dice = 0
  /** The looks of this tick. */
  looks: Looked[] = []
  isMisled = false
  /** The create it has announced, when that took effect, and whether it was sent. */
  announced: { readonly intent: Intent; readonly at: number; isSent: boolean } | null = null
  /** Mishaps of its write that wait for their record. */
  writes: Incident[] = []
  /** Freezes that it went through. */
  freezes: Incident[] = []
  /** Ticks that ended in this run. */
  closings = 0
  #abort: AbortController | null = null

  constructor(machine: Machine, job: { id: MigrationId; token: string; crashes: number }) {
    this.machine = machine
    this.incarnation = machine.incarnation
    this.id = job.id
    this.token = job.token
    this.crashes = job.crashes
  }

  get signal(): AbortSignal {
    this.#abort ??= new AbortController()
    return this.#abort.signal
  }

  abort(): void {
    this.#abort?.abort('the lock was lost')
  }

  /** Its job may be run by another one by now. */
  lostLock(): void {
    for (const freeze of this.freezes) freeze.mattered = true
  }
}
