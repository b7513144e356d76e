import { join } from 'node:path'
import { sleep } from './customer.ts'
import type { ProcessFault } from './fault-plan.ts'
import type { Installation } from './installation.ts'
import { copyRedis, restoreRedis } from './own-redis-rewind.ts'
import type { Site } from './site.ts'
import type { Victim } from './victim.ts'
import type { Witness } from './witness.ts'

/** What struck, counted when it did. */
export interface Struck {
  workerKills: number
  apiKills: number
  /** Pairs of SIGSTOP and SIGCONT that reached the same process. */
  freezes: number
  redisKills: number
  providerKills: number
}

/** When Redis was put back, and to what. Milliseconds since 1970. */
export interface Rewound {
  /** Before this moment everything accepted is in the copy. */
  readonly copiedAt: number
  readonly backAt: number
}

/** The faults of processes, on their way. */
export interface Storm {
  readonly struck: Struck
  readonly rewound: Rewound | null
  /** Resolves when the last one is over; rejects when something could not be started again. */
  readonly done: Promise<void>
}

/** How long to wait for somebody who is fit to be struck; then whoever lives is. */
const PATIENCE_MS = 2_500
const POLL_MS = 20
const KILL_TRIES = 5
const FREEZE_TRIES = 3
const SHORT_FREEZE_MS = 500

/** Lets the planned faults strike at their times. */
export function openStorm(
  site: Site,
  plan: readonly ProcessFault[],
  o: { readonly stormMs: number; readonly rewindMs: number | null; readonly signal: AbortSignal },
): Storm {
  const struck: Struck = { workerKills: 0, apiKills: 0, freezes: 0, redisKills: 0, providerKills: 0 }
  const turns = new Map<string, Promise<void>>()
  /** One after another for each Redis and the provider: they are not killed while they are being started. */
  const inTurn = (name: string, act: () => Promise<void>): Promise<void> => {
    const turn = (turns.get(name) ?? Promise.resolve()).then(act)
    turns.set(name, turn)
    return turn
  }
  const pause = { until: Promise.resolve() }
  let rewound: Rewound | null = null
  const strike = async (fault: ProcessFault): Promise<void> => {
    await sleep(fault.atMs, o.signal)
    await pause.until
    if (o.signal.aborted) return
    await strikeOne(site, fault, struck, inTurn)
  }
  const rewind = async (): Promise<void> => {
    if (o.rewindMs === null) return
    await sleep((o.stormMs - o.rewindMs) / 2, o.signal)
    const copiedAt = Date.now()
    await Promise.all(
      site.installations.map((one) => inTurn(one.name, () => copyRedis(one.redisDir, copyFolder(site, one)))),
    )
    await sleep(o.rewindMs, o.signal)
    if (o.signal.aborted) return
    const backing = Promise.all(site.installations.map((one) => inTurn(one.name, () => putBack(site, one))))
    pause.until = backing.then(
      () => undefined,
      () => undefined,
    )
    await backing
    rewound = { copiedAt, backAt: Date.now() }
  }
  const done = Promise.all([...plan.map(strike), rewind()]).then(() => undefined)
  done.catch(() => undefined)
  return {
    struck,
    get rewound() {
      return rewound
    },
    done,
  }
}

function copyFolder(site: Site, { name }: Installation): string {
  return join(site.folder, `copy-of-redis-${name}`)
}

/** Redis and workers stop, its files are those of the copy, everything starts again. */
async function putBack(site: Site, one: Installation): Promise<void> {
  await Promise.all(one.workers.map((worker) => worker.hold()))
  await one.killRedis()
  await restoreRedis(copyFolder(site, one), one.redisDir)
  one.witness.rewound()
  await one.restartRedis()
  for (const worker of one.workers) worker.resume()
}

async function strikeOne(
  site: Site,
  fault: ProcessFault,
  struck: Struck,
  inTurn: (name: string, act: () => Promise<void>) => Promise<void>,
): Promise<void> {
  const apis = site.installations.map(({ api }) => api)
  switch (fault.do) {
    case 'kill-worker':
      if (await killWorker(site, fault.victim)) struck.workerKills++
      return
    case 'kill-api':
      if (await (await chosen(apis, fault.victim))?.kill()) struck.apiKills++
      return
    case 'freeze-worker': {
      const workers = site.installations.flatMap((one) => one.workers)
      if (await freezeOne(workers, fault)) struck.freezes++
      return
    }
    case 'freeze-api':
      if (await freezeOne(apis, fault)) struck.freezes++
      return
    case 'kill-redis': {
      const one = site.installations[fault.victim % site.installations.length]
      if (one === undefined) return
      return inTurn(one.name, async () => {
        await one.killRedis()
        struck.redisKills++
        await one.restartRedis()
      })
    }
    case 'kill-provider':
      return inTurn('provider', async () => {
        if (!(await site.provider.kill())) return
        struck.providerKills++
        await site.provider.untilReady()
      })
  }
}

/** Every worker at once, as when a machine loses power. Resolves when they serve again. */
export async function killAllWorkers({ installations }: Site, struck: Struck): Promise<void> {
  const killed = await Promise.all(
    installations.flatMap(({ workers, witness }) =>
      workers.map((worker) => killOne(worker, witness).then((wasKilled) => (wasKilled ? 1 : 0))),
    ),
  )
  struck.workerKills += killed.reduce<number>((sum, one) => sum + one, 0)
  await Promise.all(installations.flatMap(({ workers }) => workers.map((worker) => worker.untilReady())))
}

/** Whoever it is, serving or still starting: if only who serves were struck, nobody would ever get to serve. */
async function killWorker(site: Site, victim: number): Promise<boolean> {
  const owners = new Map(
    site.installations.flatMap((one) => one.workers.map((worker) => [worker, one] as const)),
  )
  for (let tries = 0; tries < KILL_TRIES; tries++) {
    const worker = await chosen([...owners.keys()], victim + tries, ({ pid }) => pid > 0)
    const witness = worker === null ? undefined : owners.get(worker)?.witness
    if (worker !== null && witness !== undefined && (await killOne(worker, witness))) return true
  }
  return false
}

/** One that is killed while it is frozen makes no pair: then another one is frozen, for a moment. */
async function freezeOne(
  victims: readonly Victim[],
  { victim, forMs }: { readonly victim: number; readonly forMs: number },
): Promise<boolean> {
  for (let tries = 0; tries < FREEZE_TRIES; tries++) {
    const one = await chosen(victims, victim + tries)
    if (await one?.freeze(tries === 0 ? forMs : Math.min(forMs, SHORT_FREEZE_MS))) return true
  }
  return false
}

async function killOne(worker: Victim, witness: Witness): Promise<boolean> {
  const { pid } = worker
  const at = Date.now()
  if (!(await worker.kill())) return false
  await witness.died(worker.name, pid, at)
  return true
}

/** One that is fit and not frozen, if there is one within a while; else any that lives. */
async function chosen(
  victims: readonly Victim[],
  number: number,
  isFit: (victim: Victim) => boolean = ({ isReady }) => isReady,
): Promise<Victim | null> {
  const deadline = performance.now() + PATIENCE_MS
  for (;;) {
    const living = victims.filter(({ pid }) => pid > 0)
    const fit = living.filter((victim) => !victim.isFrozen && isFit(victim))
    const rows = fit.length === 0 && performance.now() > deadline ? living : fit
    const found = rows[number % Math.max(1, rows.length)]
    if (found !== undefined) return found
    if (performance.now() > deadline + PATIENCE_MS) return null
    await new Promise((next) => setTimeout(next, POLL_MS))
  }
}
