import type { Incident } from '../story/incident.ts'
import type { Mishap, Step } from '../weather/weather.ts'
import type { World } from '../world.ts'
import type { Run } from './run.ts'

/** A call of a run: when it takes effect `effect` is asked for the answer. */
export interface Reach<T> {
  readonly step: Step
  readonly call: string
  effect(mishap: Mishap | null, incident: Incident | null): T
  /** Asked when the call is about to leave: an answer instead keeps it back. */
  keepBack?(): T | null
}

/** Milliseconds to the effect, and from there to the answer: at least, at most. */
const LATENCY: Readonly<Record<Step, readonly [number, number]>> = {
  read: [0, 2],
  announce: [0, 2],
  close: [0, 2],
  sleep: [0, 2],
  look: [10, 150],
  write: [20, 600],
}

/**
 * One call with its two instants: the one at which it takes effect and the one at which its answer is heard. Between
 * them, and before the first, the caller can be killed or frozen; what has left takes effect in any case.
 */
export function reach<T>(world: World, run: Run, call: Reach<T>): Promise<T> {
  const { time, chance } = world
  const { machine } = run
  const { promise, resolve } = Promise.withResolvers<T>()
  const [low, high] = LATENCY[call.step]
  const hear = (answer: T): void => {
    machine.hear(run.incarnation, () => {
      world.stir()
      resolve(answer)
    })
  }
  const mishap = world.witness.onCall(run, call)
  const incident = mishap === null ? null : world.witness.incident(run, call.step, mishap)
  const leave = (): void => {
    const back = call.keepBack?.() ?? null
    if (back !== null) {
      time.after(0, () => hear(back))
      return
    }
    time.after(chance.between(low, high) + (mishap?.beforeMs ?? 0), () => {
      const answer = call.effect(mishap, incident)
      time.after(chance.between(low, high) + (mishap?.afterMs ?? 0), () => hear(answer))
      stop('after')
    })
  }
  const stop = (when: 'before' | 'after'): boolean => {
    if (mishap?.kill === when) {
      world.kill(machine, incident)
      return true
    }
    if (mishap?.freeze?.when === when) world.freeze(machine, mishap.freeze.forMs, incident)
    return false
  }
  if (mishap === null) leave()
  else time.after(0, () => (stop('before') ? undefined : machine.hear(run.incarnation, leave)))
  return promise
}
