import { type Event, lessonOf, type Migration } from '@snapferry/migration'
import { callsPerSecondUnset, type Loop, type RedisJournal } from '@snapferry/redis'
import type { Telemetry } from '@snapferry/telemetry'
import type { Config } from './config.ts'
import type { Provider } from './ferry.ts'
import { type Gate, openGate } from './gate.ts'
import { openZoneMeter } from './zone-meter.ts'

/** What makes a fleet gentle with the provider: one pace, one judgement of how it is, one memory of how long it takes. */
export interface Gentleness {
  readonly gate: Gate
  /** The provider of a profile, whose answers are counted. */
  around(provider: Provider): Provider
  /** Learns from an event; losing what it learned harms nobody, so nothing waits for it. */
  learn(m: Migration, event: Event): void
  readonly loops: readonly Loop[]
}

/** Puts it together for one profile. In the sandbox calls have no limit unless somebody sets one. */
export function goGently(o: {
  readonly mode: Config['mode']
  readonly profile: string
  readonly journal: Pick<RedisJournal, 'calls' | 'circuits' | 'lessons'>
  readonly rates: () => Readonly<Record<string, number>>
  readonly telemetry: Pick<Telemetry, 'circuitOpened' | 'redisAway'>
}): Gentleness {
  const { journal, telemetry } = o
  const onError = (error: unknown): void => telemetry.redisAway(error)
  const gate = openGate({
    calls: journal.calls,
    rates: o.rates,
    perSecondUnset: callsPerSecondUnset(o.mode),
    onError,
  })
  const meter = openZoneMeter({
    circuits: journal.circuits,
    profile: o.profile,
    onOpened: (hold) => telemetry.circuitOpened(hold),
    onError,
  })
  return {
    gate,
    around: meter.around,
    learn: (m, event) => {
      const lesson = lessonOf(m, event)
      if (lesson !== null) journal.lessons.add(lesson).catch(onError)
    },
    loops: [gate.loop, meter.loop],
  }
}
