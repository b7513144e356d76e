import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { clearWeather, hurry, untilAllServe, untilEnded, untilRecovered } from './calm.ts'
import { type Customer, openCustomer, sleep } from './customer.ts'
import { openDice } from './dice.ts'
import type { Told } from './evidence.ts'
import { planFaults } from './fault-plan.ts'
import { ordersOf } from './load.ts'
import { type Operator, openOperator } from './operator.ts'
import { askedOf, type Options } from './options.ts'
import type { Site } from './site.ts'
import { killAllWorkers, openStorm, type Storm, type Struck } from './storm.ts'
import { isSilent, stormOf, type Weather } from './weather.ts'
import { seedWorld } from './world.ts'

/** Where a run says how far it is. */
export type Say = (line: string) => void

/** The orders come in this share of the storm, so that faults strike in every phase of the last ones too. */
const SPREAD_SHARE = 0.6
/** Faults that strike one create in forty strike often enough from so many migrations on; fewer need denser ones. */
const DENSE_FROM = 300
const DENSER_MAX = 3
const TELL_MS = 15_000

/** One run on a site that serves: storm, calm, audit. Answers the auditor's exit code. */
export async function runChaos(site: Site, o: Options, say: Say, signal: AbortSignal): Promise<number> {
  // Dice of their own for each, so that one plan does not move with the length of another.
  const denser = Math.min(DENSER_MAX, Math.max(1, DENSE_FROM / o.migrations))
  const weather = stormOf(openDice(o.seed), denser)
  const spreadMs = o.stormMs * SPREAD_SHARE
  const orders = ordersOf(openDice(o.seed + 2), { ...o, spreadMs })
  const bodies = await seedWorld(site.door, orders, o.seed)
  const silent = await armWeather(site, weather)
  say(`Everything serves, ${orders.length} sources are seeded. The storm begins: ${o.stormMs / 1_000} s.`)

  const acceptedFile = join(site.folder, 'accepted.ndjson')
  writeFileSync(acceptedFile, '')
  const stormFrom = await site.door.clock()
  const customer = openCustomer(orders, { bodies, acceptedFile, seed: o.seed, signal, ...site })
  const operator = openOperator(site.installations, signal)
  const storm = await weatherTheStorm(site, o, { say, signal, customer })
  if (o.calmSpeed > 1) await lastStroke(site, silent, storm.struck, signal)
  await clearWeather(site)
  const stormTo = await site.door.clock()
  say(`${progress(customer, storm)} Calm: everything is alive.`)
  await customer.done
  await letEnd(site, o, { say, signal, customer })
  operator.stop()
  if (signal.aborted) return 130
  say(attendedText(customer, operator))
  return audit(site, {
    acceptedFile,
    adminUrl: site.adminUrl,
    installations: site.installations.map(({ name, apiUrl }) => ({ name, apiUrl })),
    migrations: o.migrations,
    minutes: o.stormMs / 60_000,
    stormFrom,
    stormTo,
    listLagMs: weather.listLagMs,
    asked: askedOf(o),
    struck: storm.struck,
    deaths: site.installations.flatMap(({ witness }) => witness.deaths()),
    deathRows: site.installations.flatMap(({ witness }) => witness.rows()),
    witnessed: site.installations.every(({ witness }) => witness.seen > 0),
    rewound: storm.rewound,
  })
}

interface Standing {
  readonly say: Say
  readonly signal: AbortSignal
  readonly customer: Customer
}

/** Answers the ids of the faults that leave a caller waiting. */
async function armWeather({ door }: Site, { faults, listLagMs }: Weather): Promise<readonly string[]> {
  await door.setRules(listLagMs)
  const silent = await door.arm(faults.filter(isSilent))
  await door.arm(faults.filter((fault) => !isSilent(fault)))
  return silent
}

/** Lets the faults of processes strike, until the last is over and everybody serves again. */
async function weatherTheStorm(site: Site, o: Options, { say, signal, customer }: Standing): Promise<Storm> {
  const plan = planFaults(openDice(o.seed + 1), askedOf(o), o.stormMs)
  const storm = openStorm(site, plan, { ...o, signal })
  const telling = setInterval(() => say(progress(customer, storm)), TELL_MS)
  try {
    await Promise.all([storm.done, sleep(o.stormMs, signal)])
  } finally {
    clearInterval(telling)
  }
  await untilAllServe(site)
  return storm
}

/** Gives what was accepted its time to end. */
async function letEnd(site: Site, o: Options, { say, signal, customer }: Standing): Promise<void> {
  const { accepted, refused } = customer.sales
  for (const sentence of refused) say(`  not accepted: ${sentence}`)
  const hurried = await hurry(site, o.calmSpeed)
  const onLook = quietly((moving) => say(`  ${moving} on the way`))
  const tookMs = await untilEnded(site, accepted, { ...o, signal, onLook })
  await hurried.stop()
  if (tookMs === null) say(`Not everything ended in ${o.calmMs / 1_000} s of calm.`)
  else say(`The last one ended after ${(tookMs / 1_000).toFixed(0)} s of calm.`)
}

function attendedText({ sales }: Customer, { attended }: Operator): string {
  return [
    `Cancelled on the way ${sales.cancels}, asked for anew ${sales.retries};`,
    `the operator retried ${attended.retries} and cancelled ${attended.cancels} that were parked.`,
  ].join(' ')
}

/**
 * Before clocks run faster than real ones: a write that is waited for takes real time, and so does the lock of a dead
 * worker; neither may stretch over the change. So all workers are killed at once, as when a machine loses power, and the
 * provider is not silent any more; all its other faults go on until everything in hand was read again.
 */
async function lastStroke(
  site: Site,
  silent: readonly string[],
  struck: Struck,
  signal: AbortSignal,
): Promise<void> {
  await site.door.disarm(silent)
  await killAllWorkers(site, struck)
  await untilRecovered(site, signal)
}

/** The verdict comes from another process, which has nothing of this one but the file of what it is told. */
async function audit(site: Site, told: Told): Promise<number> {
  const toldFile = join(site.folder, 'told.json')
  writeFileSync(toldFile, JSON.stringify(told, null, 1))
  const program = join(import.meta.dirname, 'auditor.ts')
  const child = spawn(process.execPath, [program, toldFile, join(site.folder, 'verdict.json')], {
    env: { PATH: process.env['PATH'] ?? '' },
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  const [code] = await once(child, 'exit')
  return typeof code === 'number' ? code : 3
}

function progress({ sales }: Customer, { struck }: Storm): string {
  const counts = Object.entries(struck).map(([what, count]) => `${what} ${count}`)
  return `  accepted ${sales.accepted.length}; ${counts.join(', ')}.`
}

/** Says a number when it has changed, at most each 5 s. */
function quietly(say: (count: number) => void): (count: number) => void {
  let last = -1
  let at = 0
  return (count) => {
    if (count === last || performance.now() - at < 5_000) return
    last = count
    at = performance.now()
    say(count)
  }
}
