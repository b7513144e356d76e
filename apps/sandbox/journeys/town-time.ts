import type { Emulator } from '@snapferry/emulator'

/** Somebody who lives by a provider's clock: one installation of Snapferry. */
export interface Dweller {
  /** Tells it what time it is: milliseconds above real time. */
  setClock(offsetMs: number): Promise<void>
  /** Wakes what became due. */
  wake(): Promise<void>
  isBusy(): Promise<boolean>
  /** Milliseconds since 1970 of what is due next; null when nothing is. */
  nextWakeMs(): Promise<number | null>
  nowMs(): Promise<number>
}

const QUIET_MS = 30_000
const POLL_MS = 2
/** The longest virtual time anything may take: past the limit of parked migrations. */
const VIRTUAL_MS_MAX = 10 * 24 * 3_600_000
const STEP_MS_MIN = 250
const STEP_MS_MAX = 6 * 3_600_000

/** One time for a provider and for everybody who uses it; it passes only when a test says so. */
export class TownTime {
  readonly dwellers: Dweller[] = []
  readonly #emulator: Emulator
  #offsetMs = 0

  constructor(emulator: Emulator) {
    this.#emulator = emulator
  }

  /** Milliseconds above real time. */
  get offsetMs(): number {
    return this.#offsetMs
  }

  /** Moves all clocks and wakes what became due. */
  async advance(ms: number): Promise<void> {
    const step = Math.ceil(ms)
    this.#offsetMs += step
    await this.#emulator.admin.advance(step)
    for (const one of this.dwellers) {
      await one.setClock(this.#offsetMs)
      await one.wake()
    }
  }

  /** Lets time pass, from one thing that is due to the next (at least `stepMs` at a time), until `done`. */
  async settle(done: () => Promise<boolean>, stepMs = STEP_MS_MIN): Promise<void> {
    for (const from = this.#offsetMs; this.#offsetMs - from < VIRTUAL_MS_MAX; ) {
      await this.quiet()
      if (await done()) return
      const waits = await Promise.all(this.dwellers.map(waitMsOf))
      await this.advance(Math.max(stepMs, Math.min(...waits, STEP_MS_MAX)))
    }
    throw new Error('it never came to that')
  }

  /** Resolves when nobody has anything left to do at this moment. */
  async quiet(): Promise<void> {
    const deadline = performance.now() + QUIET_MS
    while (performance.now() < deadline) {
      const busy = await Promise.all(this.dwellers.map((one) => one.isBusy()))
      if (!busy.includes(true)) return
      // Polling leaves the processor to those it waits for.
      await new Promise((next) => setTimeout(next, POLL_MS))
    }
    throw new Error('it never became quiet')
  }
}

async function waitMsOf(one: Dweller): Promise<number> {
  const [next, now] = await Promise.all([one.nextWakeMs(), one.nowMs()])
  return next === null ? Number.POSITIVE_INFINITY : next - now
}
