/** How emulated time runs: by itself (`speed` emulated seconds per real one) or by hand, where only tests move it. */
export type Drive = { mode: 'by-itself'; speed: number } | { mode: 'by-hand'; startMs: number }

/** What must outlive a restart: at real time `wallMs` it was `emulatedMs`, running at `speed` (0 by hand). */
export interface ClockAnchor {
  emulatedMs: number
  wallMs: number
  speed: number
}

/** Emulated time in milliseconds since 1970, and what is due on it. */
export interface Clock {
  readonly mode: Drive['mode']
  nowMs(): number
  /** Runs `act` once, when emulated time reaches `dueMs`. Acts run one after another, in order of time. */
  alarm(dueMs: number, act: (dueMs: number) => Promise<void>): void
  /** Waits emulated time; ends early when the clock stops. */
  sleep(durationMs: number): Promise<void>
  /** Waits as a slow server does: emulated time by itself, not at all by hand. */
  latency(durationMs: number): Promise<void>
  /** Moves time forward and answers when everything that became due has happened. Throws RangeError for the past. */
  moveTo(targetMs: number): Promise<void>
  /** Answers when everything that is due by now has happened. */
  settle(): Promise<void>
  /** No act starts any more; sleepers wake. */
  stop(): void
  /** Answers when the act that was running at the stop has ended. */
  idle(): Promise<void>
}

interface Alarm {
  dueMs: number
  act: (dueMs: number) => Promise<void>
}

/** setTimeout counts in 32 bits; a longer wait is made of several. */
const TIMER_MS_MAX = 2 ** 31 - 1

/** Opens the clock of `drive`, going on from `anchor` when there is one; `keep` is told each new anchor. */
export function openClock(
  drive: Drive,
  anchor: ClockAnchor | null,
  keep: (anchor: ClockAnchor) => void,
): Clock {
  return drive.mode === 'by-hand'
    ? openByHand(drive.startMs, anchor, keep)
    : openByItself(drive.speed, anchor, keep)
}

function openByHand(startMs: number, anchor: ClockAnchor | null, keep: (anchor: ClockAnchor) => void): Clock {
  const alarms = new Set<Alarm>()
  let nowMs = anchor === null ? startMs : Math.max(startMs, readAnchor(anchor))
  let moving: Promise<void> = Promise.resolve()
  const remember = () => keep({ emulatedMs: nowMs, wallMs: Date.now(), speed: 0 })
  const move = async (targetMs: number) => {
    if (targetMs < nowMs)
      throw new RangeError(`the clock stands at ${nowMs} and cannot go back to ${targetMs}`)
    for (let alarm = takeDue(alarms, targetMs); alarm !== null; alarm = takeDue(alarms, targetMs)) {
      nowMs = Math.max(nowMs, alarm.dueMs)
      await alarm.act(alarm.dueMs)
    }
    nowMs = targetMs
    remember()
  }
  const queued = (step: () => Promise<void>) => {
    const moved = moving.then(step)
    moving = moved.catch(() => {})
    return moved
  }
  remember()
  return {
    mode: 'by-hand',
    nowMs: () => nowMs,
    alarm: (dueMs, act) => void alarms.add({ dueMs, act }),
    async sleep(durationMs) {
      if (durationMs <= 0) return
      const { promise, resolve } = Promise.withResolvers<void>()
      alarms.add({ dueMs: nowMs + durationMs, act: async () => resolve() })
      await promise
    },
    latency: async () => {},
    moveTo: (targetMs) => queued(() => move(targetMs)),
    settle: () => queued(() => move(nowMs)),
    stop: () => alarms.clear(),
    idle: () => moving,
  }
}

function openByItself(speed: number, anchor: ClockAnchor | null, keep: (anchor: ClockAnchor) => void): Clock {
  if (!(speed > 0 && Number.isFinite(speed))) throw new RangeError(`speed must be above 0, not ${speed}`)
  const alarms = new Set<Alarm>()
  const sleepers = new Map<NodeJS.Timeout, () => void>()
  let base: ClockAnchor = {
    emulatedMs: anchor === null ? Date.now() : readAnchor(anchor),
    wallMs: Date.now(),
    speed,
  }
  let timer: NodeJS.Timeout | undefined
  let isStopped = false
  let lane: Promise<void> = Promise.resolve()
  const drain = async () => {
    for (
      let alarm = takeDue(alarms, readAnchor(base));
      alarm !== null;
      alarm = takeDue(alarms, readAnchor(base))
    ) {
      await alarm.act(alarm.dueMs)
    }
    arm()
  }
  const run = () => {
    lane = lane.then(drain)
    return lane
  }
  const arm = () => {
    clearTimeout(timer)
    const next = earliest(alarms)
    if (next !== null && !isStopped) {
      // One real millisecond more than needed: a timer that fires early would find nothing due and spin.
      const waitMs = Math.max(0, (next.dueMs - readAnchor(base)) / speed) + 1
      timer = setTimeout(run, Math.min(waitMs, TIMER_MS_MAX))
    }
  }
  const sleep = (durationMs: number) =>
    new Promise<void>((resolve) => {
      const wake = setTimeout(
        () => resolve(void sleepers.delete(wake)),
        Math.min(durationMs / speed, TIMER_MS_MAX),
      )
      sleepers.set(wake, resolve)
    })
  keep(base)
  return {
    mode: 'by-itself',
    nowMs: () => readAnchor(base),
    alarm(dueMs, act) {
      alarms.add({ dueMs, act })
      arm()
    },
    sleep,
    latency: sleep,
    async moveTo(targetMs) {
      const nowMs = readAnchor(base)
      if (targetMs < nowMs)
        throw new RangeError(`the clock stands at ${nowMs} and cannot go back to ${targetMs}`)
      base = { emulatedMs: targetMs, wallMs: Date.now(), speed }
      keep(base)
      await run()
    },
    settle: run,
    stop() {
      isStopped = true
      clearTimeout(timer)
      alarms.clear()
      for (const [wake, resolve] of sleepers) {
        clearTimeout(wake)
        resolve()
      }
    },
    idle: () => lane,
  }
}

function readAnchor(anchor: ClockAnchor): number {
  return Math.floor(anchor.emulatedMs + (Date.now() - anchor.wallMs) * anchor.speed)
}

function earliest(alarms: Set<Alarm>): Alarm | null {
  let first: Alarm | null = null
  for (const alarm of alarms) if (first === null || alarm.dueMs < first.dueMs) first = alarm
  return first
}

function takeDue(alarms: Set<Alarm>, nowMs: number): Alarm | null {
  const first = earliest(alarms)
  if (first === null || first.dueMs > nowMs) return null
  alarms.delete(first)
  return first
}
