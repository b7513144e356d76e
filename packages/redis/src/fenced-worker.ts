import { AsyncLocalStorage } from 'node:async_hooks'
import { EventEmitter } from 'node:events'
import { type Job, LockManager, Worker } from 'bullmq'

/** The token of the run whose code is executing: one run of one job. */
const runs = new AsyncLocalStorage<string>()

/** One run of one job, and the token of its lock. */
export interface Run {
  readonly job: Job
  readonly token: string
}

/**
 * BullMQ's worker with locks that belong to a run and not just to a job. BullMQ 6.7.0 keeps them by job id: a run that
 * ended with `DelayedError` first fetches its next job and then forgets the lock of its own, and when the same job has
 * begun again in this process by then (a short sleep, a promote), the lock of that new run is forgotten instead. It is
 * not renewed, the job counts as stalled, and a second run begins beside it. `worker.test.ts` shows it with the plain
 * worker.
 */
export class FencedWorker extends Worker {
  readonly #underWay = new Set<Run>()
  #idle = Promise.withResolvers<void>()

  /** Runs that have begun and not ended, whatever became of their lock. */
  get underWay(): readonly Run[] {
    return [...this.#underWay]
  }

  /** Resolves as soon as no run is under way. */
  async idle(): Promise<void> {
    while (this.#underWay.size > 0) await this.#idle.promise
  }

  /** Lets the locks of what is still under way run out: this worker has given it up. */
  async stopRenewing(): Promise<void> {
    await this.lockManager.close()
  }

  override async processJob(job: Job, token: string, fetchNext?: () => boolean): Promise<undefined | Job> {
    const run = { job, token }
    this.#underWay.add(run)
    try {
      return await runs.run(token, async () => (await super.processJob(job, token, fetchNext)) ?? undefined)
    } finally {
      this.#underWay.delete(run)
      if (this.#underWay.size === 0) {
        this.#idle.resolve()
        this.#idle = Promise.withResolvers()
      }
    }
  }

  protected override createLockManager(): void {
    const { lockDuration = 0, lockRenewTime = lockDuration / 2 } = this.opts
    this.lockManager = new FencedLocks(
      {
        name: this.name,
        extendJobLocks: (ids, tokens, ms) => this.extendJobLocks(ids, tokens, ms),
        emit: (event, ...args) => EventEmitter.prototype.emit.call(this, event, ...args),
        trace: (_kind, _operation, _destination, callback) => callback(),
      },
      { lockDuration, lockRenewTime, workerId: this.id },
    )
  }
}

class FencedLocks extends LockManager {
  override trackJob(jobId: string, token: string, ts: number, withSignal?: boolean) {
    // Whoever ran it before has lost it, or is done.
    const before = this.trackedJobs.get(jobId)
    if (before !== undefined && before.token !== token) before.abortController?.abort('another run began')
    return super.trackJob(jobId, token, ts, withSignal)
  }

  override untrackJob(jobId: string): void {
    const token = runs.getStore()
    if (token === undefined || this.trackedJobs.get(jobId)?.token === token) super.untrackJob(jobId)
  }
}
