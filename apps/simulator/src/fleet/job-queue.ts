import type { MigrationId } from '@snapferry/migration'
import type { KeptMap } from '../redis/kept-map.ts'
import type { Memory } from '../redis/memory.ts'
import type { Timeline } from '../timeline.ts'

interface Job {
  readonly state: 'waiting' | 'delayed' | 'active'
  /** Until when it sleeps, when delayed. */
  readonly until: number
  /** Whose run it is, when active. */
  readonly token: string | null
  readonly stalls: number
  /** Place in the line, when waiting. */
  readonly order: number
}

/** Lock 10 s, renewed every 5 s, and a check of stalled jobs every 2.5 s, as the worker sets BullMQ up. */
const LOCK_MS = 10_000
export const STALLED_CHECK_MS = 2_500

/**
 * The alarm clock as BullMQ keeps it in Redis: one job per migration, delayed, waiting or active under a lock. It is
 * put back together with the rest when Redis loses something; locks are keys with a time to live.
 */
export class JobQueue {
  readonly #jobs: KeptMap<MigrationId, Job>
  readonly #time: Timeline
  /** Until when the lock of an active job holds; for ever while its worker renews it. */
  readonly #locks = new Map<MigrationId, { readonly token: string; until: number }>()
  readonly #line: { readonly id: MigrationId; readonly order: number }[] = []
  #stalled = new Set<MigrationId>()
  #orders = 0
  /** Called when a job has begun to wait. */
  onWaiting: () => void = () => {}

  constructor(memory: Memory, time: Timeline) {
    this.#jobs = memory.map()
    this.#time = time
  }

  get size(): number {
    return this.#jobs.size
  }

  async has(id: MigrationId): Promise<boolean> {
    return this.#jobs.has(id)
  }

  /** The state of a job, as BullMQ names it. */
  async state(id: MigrationId) {
    return this.stateOf(id) ?? 'absent'
  }

  stateOf(id: MigrationId): Job['state'] | null {
    return this.#jobs.get(id)?.state ?? null
  }

  /** When a delayed job wakes up by itself, or null. */
  wakesAt(id: MigrationId): number | null {
    const job = this.#jobs.get(id)
    return job?.state === 'delayed' ? job.until : null
  }

  async add(id: MigrationId): Promise<boolean> {
    if (!this.#jobs.has(id)) this.#wait(id, 0)
    return true
  }

  async promote(id: MigrationId): Promise<boolean> {
    const job = this.#jobs.get(id)
    if (job?.state !== 'delayed') return false
    this.#wait(id, job.stalls)
    return true
  }

  /** The first in line becomes active under this token; null when nobody waits. */
  take(token: string): { readonly id: MigrationId; readonly stalls: number } | null {
    const id = this.#first()
    const job = id === null ? undefined : this.#jobs.get(id)
    if (id === null || job === undefined) return null
    this.#line.shift()
    this.#jobs.set(id, { ...job, state: 'active', token })
    this.#locks.set(id, { token, until: Number.POSITIVE_INFINITY })
    return { id, stalls: job.stalls }
  }

  hasWaiting(): boolean {
    return this.#first() !== null
  }

  /** The first of the line; places of jobs that wait no more, or elsewhere, are thrown away. */
  #first(): MigrationId | null {
    for (let place = this.#line[0]; place !== undefined; place = this.#line[0]) {
      const job = this.#jobs.get(place.id)
      if (job?.state === 'waiting' && job.order === place.order) return place.id
      this.#line.shift()
    }
    return null
  }

  /** Ends a run: it sleeps, or (null) its job goes. False when the job or its lock is not this run's any more. */
  finish(id: MigrationId, token: string, sleepMs: number | null): boolean {
    if (!this.holds(id, token)) return false
    this.#locks.delete(id)
    const job = this.#jobs.get(id)
    if (job === undefined) return false
    if (sleepMs === null) this.#jobs.delete(id)
    else if (sleepMs <= 0) this.#wait(id, job.stalls)
    else this.#delay(id, { ...job, state: 'delayed', token: null, until: this.#time.now + sleepMs })
    return true
  }

  /** Whether this run still has its job and its lock. */
  holds(id: MigrationId, token: string): boolean {
    const job = this.#jobs.get(id)
    const lock = this.#locks.get(id)
    const isLocked = lock !== undefined && lock.token === token && lock.until > this.#time.now
    return isLocked && job?.state === 'active' && job.token === token
  }

  /** The worker of a run renews its lock no more (it died or froze `agoMs` after a renewal), or again. */
  stopRenewing(id: MigrationId, token: string, agoMs: number): void {
    const lock = this.#locks.get(id)
    const isRenewed = lock?.token === token && lock.until === Number.POSITIVE_INFINITY
    if (isRenewed) lock.until = this.#time.now + LOCK_MS - agoMs
  }

  renewAgain(id: MigrationId, token: string): boolean {
    if (!this.holds(id, token)) return false
    const lock = this.#locks.get(id)
    if (lock !== undefined) lock.until = Number.POSITIVE_INFINITY
    return true
  }

  /** Whether some active job may be nobody's any more. */
  isShaky(): boolean {
    for (const [id, { state, token }] of this.#jobs.entries()) {
      if (state !== 'active') continue
      const lock = this.#locks.get(id)
      if (lock === undefined || lock.token !== token || lock.until !== Number.POSITIVE_INFINITY) return true
    }
    return false
  }

  /** What is active without a lock at two checks in a row waits again, and its stall is counted. */
  checkStalled(): readonly MigrationId[] {
    const shaky = [...this.#jobs.entries()].filter(([id, job]) => this.#mayBeStalled(id, job))
    const { now } = this.#time
    const back = shaky.filter(([id]) => this.#stalled.has(id) && (this.#locks.get(id)?.until ?? 0) <= now)
    for (const [id, job] of back) {
      this.#locks.delete(id)
      this.#wait(id, job.stalls + 1)
    }
    this.#stalled = new Set(shaky.map(([id]) => id).filter((id) => this.stateOf(id) === 'active'))
    return back.map(([id]) => id)
  }

  #mayBeStalled(id: MigrationId, { state, token }: Job): boolean {
    if (state !== 'active') return false
    const lock = this.#locks.get(id)
    if (lock !== undefined && lock.token !== token) this.#locks.delete(id)
    return lock === undefined || lock.token !== token || lock.until !== Number.POSITIVE_INFINITY
  }

  /** Another Redis came up with older jobs: their alarms ring as they say there. */
  restored(): void {
    for (const [id, job] of this.#jobs.entries()) {
      if (job.state === 'delayed') this.#ring(id, job.until)
      if (job.state === 'waiting') this.#line.push({ id, order: job.order })
    }
    this.#line.sort((a, b) => a.order - b.order)
    this.onWaiting()
  }

  #wait(id: MigrationId, stalls: number): void {
    const order = this.#orders++
    this.#jobs.set(id, { state: 'waiting', until: 0, token: null, stalls, order })
    this.#line.push({ id, order })
    this.onWaiting()
  }

  #delay(id: MigrationId, job: Job): void {
    this.#jobs.set(id, job)
    this.#ring(id, job.until)
  }

  #ring(id: MigrationId, until: number): void {
    this.#time.after(Math.max(0, until - this.#time.now), () => {
      const job = this.#jobs.get(id)
      if (job?.state === 'delayed' && job.until <= this.#time.now) this.#wait(id, job.stalls)
    })
  }
}
