/** A worker that was killed with migrations in hand, and how long it took until living ones had read them again. */
export interface Death {
  readonly worker: string
  readonly at: number
  readonly migrations: readonly string[]
  /**
   * Milliseconds until the last of them was read, without `nobodyMs`; those that were handed on are left to their row.
   * Null when some were neither read again nor handed on.
   */
  readonly recoveredMs: number | null
  /** Milliseconds in between in which every worker was dead, starting or frozen: nobody could read then. */
  readonly nobodyMs: number
  /** Those that were not read again. */
  readonly missing: readonly string[]
  /** Those that the next worker had taken over and not read yet when it was killed too: see `DeathRow`. */
  readonly handedOn: number
}

/** Deaths in a row of one migration: each worker after the first took it over and was killed before it read it. */
export interface DeathRow {
  readonly migration: string
  /** How many died, at least two. */
  readonly deaths: number
  /** Milliseconds from the first death to the read at last, without `nobodyMs`. */
  readonly tookMs: number
  readonly nobodyMs: number
}

/** Who holds which migration, and who reads what a dead one held. All times on one clock, milliseconds. */
export interface Recoveries {
  /** A worker took the lock of a migration's job, or renewed it. */
  took(migration: string, worker: string, at: number): void
  released(migration: string): void
  /** A living worker read the record of a migration. Counts only while it holds the job. */
  read(migration: string, worker: string, at: number): void
  died(worker: string, at: number): void
  /** In this time no worker served. Told in order. */
  nobody(from: number, to: number): void
  /** Drops who holds what, and the deaths that are still waited for. */
  forget(): void
  deaths(): readonly Death[]
  /** Deaths of which something was not read again so far. */
  readonly waiting: number
  /** Those that a living worker has read in the end; of any other the last death has it under `missing`. */
  rows(): readonly DeathRow[]
}

interface Open {
  readonly worker: string
  readonly at: number
  readonly migrations: readonly string[]
  readonly waiting: Set<string>
  last: number
  handedOn: number
}

/** Opens the book. */
export function openRecoveries(): Recoveries {
  const holders = new Map<string, { worker: string; since: number }>()
  /** Since when a migration was not read by a living worker, and how many died of those who held it. */
  const unread = new Map<string, { readonly from: number; deaths: number }>()
  const rows: {
    readonly migration: string
    readonly deaths: number
    readonly from: number
    readonly to: number
  }[] = []
  let all: Open[] = []
  let open: Open[] = []
  const gaps: { readonly from: number; readonly to: number }[] = []
  const nobodyIn = (from: number, to: number): number =>
    gaps.reduce((sum, gap) => sum + Math.max(0, Math.min(gap.to, to) - Math.max(gap.from, from)), 0)
  const done = (migration: string, worker: string, at: number, isHandedOn: boolean): void => {
    for (const death of open) {
      if (death.worker === worker || at <= death.at || !death.waiting.delete(migration)) continue
      // To take a lock is not to read: what was handed on is measured from the first death to the read.
      if (isHandedOn) death.handedOn++
      else death.last = Math.max(death.last, at)
    }
    open = open.filter(({ waiting }) => waiting.size > 0)
  }
  return {
    took(migration, worker, at) {
      if (holders.get(migration)?.worker !== worker) holders.set(migration, { worker, since: at })
    },
    released: (migration) => void holders.delete(migration),
    read(migration, worker, at) {
      if (holders.get(migration)?.worker !== worker) return
      const row = unread.get(migration)
      if (row !== undefined && row.deaths > 1) rows.push({ migration, ...row, to: at })
      unread.delete(migration)
      done(migration, worker, at, false)
    },
    died(worker, at) {
      const held = [...holders].filter(([, holder]) => holder.worker === worker)
      if (held.length === 0) return
      for (const [migration, { since }] of held) {
        done(migration, worker, since, true)
        const row = unread.get(migration)
        if (row === undefined) unread.set(migration, { from: at, deaths: 1 })
        else row.deaths++
      }
      const migrations = held.map(([migration]) => migration)
      const death = { worker, at, migrations, waiting: new Set(migrations), last: at, handedOn: 0 }
      all.push(death)
      open.push(death)
    },
    nobody: (from, to) => void gaps.push({ from, to }),
    forget() {
      holders.clear()
      unread.clear()
      all = all.filter((death) => !open.includes(death))
      open = []
    },
    deaths: () => all.map((death) => deathOf(death, nobodyIn(death.at, death.last))),
    get waiting() {
      return open.length
    },
    rows: () =>
      rows.map(({ migration, deaths, from, to }) => {
        const nobodyMs = nobodyIn(from, to)
        return { migration, deaths, tookMs: to - from - nobodyMs, nobodyMs }
      }),
  }
}

function deathOf({ worker, at, migrations, waiting, last, handedOn }: Open, nobodyMs: number): Death {
  const recoveredMs = waiting.size === 0 ? last - at - nobodyMs : null
  return { worker, at, migrations, recoveredMs, nobodyMs, missing: [...waiting], handedOn }
}
