import type { Move, PhaseLine } from './screen.ts'

/** A migration as the API answers it: only what the screen needs. */
export interface MigrationAnswer {
  readonly id: string
  readonly state: string
  readonly done: boolean
  readonly phase?: string
  readonly attempt: number
  readonly createTime: string
  readonly endTime?: string
  readonly why?: { readonly code: string; readonly text: string }
  readonly copy?: { readonly id: string; readonly zone: string; readonly size: number }
  readonly failure?: {
    readonly kind: string
    readonly text: string
    readonly words: string | null
    readonly fix: string
  }
  readonly leftovers: readonly { readonly what: string; readonly id: string; readonly reason: string }[]
}

/** One move that is watched: what people call it, and where it goes. */
export interface Watched {
  readonly name: string
  readonly id: string
  readonly from: string
  readonly to: string
  readonly phases: readonly string[]
  /** What kind of disk it is: kinds take different times. */
  readonly kind: string
}

/** Reads moves again and again and remembers when each phase began. */
export class Watch {
  readonly #seen = new Map<string, Map<string, number>>()
  readonly #started = new Map<string, number>()
  readonly #ended = new Map<string, number>()
  readonly #speed: number
  readonly #usual: (kind: string, phase: string) => number

  /** `usual` tells the seconds that a phase takes as a rule at real speed. */
  constructor(speed: number, usual: (kind: string, phase: string) => number) {
    this.#speed = speed
    this.#usual = usual
  }

  /** What the screen shows of a move at `nowMs` (any monotonic milliseconds). */
  moveOf(watched: Watched, answer: MigrationAnswer, nowMs: number): Move {
    const started = this.#started.get(watched.id) ?? nowMs
    this.#started.set(watched.id, started)
    if (answer.done && !this.#ended.has(watched.id)) this.#ended.set(watched.id, nowMs)
    const begun = this.#begun(watched, answer, nowMs)
    const until = this.#ended.get(watched.id) ?? nowMs
    const phases = watched.phases.map((phase, at) =>
      lineOf(phase, watched.phases.slice(at + 1), begun, answer, until),
    )
    const left = phases
      .filter(({ state }) => state !== 'done')
      .reduce((sum, line) => sum + this.#left(watched.kind, line), 0)
    return {
      ...watched,
      state: answer.state,
      phases,
      elapsedSeconds: (until - started) / 1000,
      leftSeconds: answer.done || answer.state === 'needs_attention' ? null : Math.ceil(left),
      why:
        answer.failure === undefined
          ? (answer.why?.text ?? null)
          : `${answer.failure.kind}: ${answer.failure.text}`,
      attempt: answer.attempt,
    }
  }

  #begun(watched: Watched, answer: MigrationAnswer, nowMs: number): ReadonlyMap<string, number> {
    const begun = this.#seen.get(watched.id) ?? new Map<string, number>()
    this.#seen.set(watched.id, begun)
    const reached =
      answer.state === 'succeeded' ? watched.phases.length : watched.phases.indexOf(answer.phase ?? '') + 1
    for (const phase of watched.phases.slice(0, reached)) if (!begun.has(phase)) begun.set(phase, nowMs)
    return begun
  }

  #left(kind: string, { phase, seconds }: PhaseLine): number {
    return Math.max(0, this.#usual(kind, phase) / this.#speed - (seconds ?? 0))
  }
}

function lineOf(
  phase: string,
  later: readonly string[],
  begun: ReadonlyMap<string, number>,
  answer: MigrationAnswer,
  untilMs: number,
): PhaseLine {
  const from = begun.get(phase)
  if (from === undefined) return { phase, state: 'waiting', seconds: null }
  const next = later.map((name) => begun.get(name)).find((at) => at !== undefined)
  const isOver = next !== undefined || answer.state === 'succeeded'
  const state = isOver
    ? 'done'
    : answer.state === 'running' || answer.state === 'queued'
      ? 'running'
      : 'failed'
  return { phase, state, seconds: ((next ?? untilMs) - from) / 1000 }
}
