import type { Emulator } from '@snapferry/emulator'
import type { RedisJournal } from '@snapferry/redis'

/** The provider's time and ours: one clock that runs like a real one and is moved forward while everybody waits. */
export interface BenchClock {
  /** Milliseconds since 1970. */
  nowMs(): number
  /** Moves it forward to `targetMs`, or not at all when that is past, and plays what became due. */
  jumpTo(targetMs: number): Promise<void>
}

/** The clock of a provider and, where there is one, of a journal beside it. */
export function openBenchClock(
  { admin }: Emulator,
  journal: Pick<RedisJournal, 'setClock'> | null = null,
): BenchClock {
  return {
    nowMs: () => admin.nowMs(),
    jumpTo: async (targetMs) => {
      if (targetMs <= admin.nowMs()) return
      await admin.setClock(targetMs)
      // Both run by the clock of this machine, so one distance from it keeps them together for as long as they run.
      await journal?.setClock(admin.nowMs() - Date.now())
    },
  }
}
