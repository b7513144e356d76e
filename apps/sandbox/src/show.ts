import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Admin, Call } from './admin.ts'
import { fold } from './columns.ts'
import { readDurations, usualSeconds, withMove, writeDurations } from './durations.ts'
import type { House } from './house.ts'
import type { Options } from './options.ts'
import { keyOfSandbox, type Outsider, openOutsider, type SnapshotRow, snapshotsIn } from './outsider.ts'
import type { Printer } from './printer.ts'
import { type Expected, leftBehind, prove } from './proof.ts'
import { FAULTS } from './sabotage.ts'
import type { Move } from './screen.ts'
import { type MigrationAnswer, Watch, type Watched } from './watch.ts'
import { callLines, callsSince, whereNext } from './where-next.ts'

const DISKS = [
  { name: 'local disk', kind: 'local', seed: 11 },
  { name: 'SBS disk', kind: 'sbs', seed: 22 },
] as const
const SIZE_BYTES = 10_000_000_000
const DATA_BYTES = 64_000_000
const FROM = 'fr-par-1'
const TO = 'fr-par-2'
const STAGING = 'sandbox-staging'
const PROOF_BUCKET = 'sandbox-proof'
const PHASES = ['export', 'inspect', 'import', 'verify', 'tidy']
const LOOK_MS = 250

type Disk = (typeof DISKS)[number] & {
  readonly id: string
  readonly digest: string
}

/** How the show is to go. */
export interface Staging {
  readonly options: Pick<Options, 'once' | 'sabotage' | 'speed'>
  /** What phases took is remembered here. */
  readonly dataDir: string
  readonly printer: Printer
}

/** A disk on its way. */
interface Carried {
  readonly disk: Disk
  readonly answer: MigrationAnswer
}

/** The main job, on real bytes, watched and proven. Answers the exit code: 0 when every copy is proven, else 1. */
export async function runShow(house: House, admin: Admin, staging: Staging): Promise<number> {
  const { options, printer } = staging
  const outsider = openOutsider(house.provider, keyOfSandbox(), 'fr-par')
  const disks = await seed(admin, options)
  // Before the first move: what is compared afterwards must not come from it.
  const before = await snapshotsIn(outsider, FROM)
  const callsBefore = await admin.calls()
  const begun: Carried[] = []
  for (const disk of disks) begun.push({ disk, answer: await order(house, disk) })
  printer.say(`Carrying two disks of 10 GB (64 MB of content each) from ${FROM} to ${TO}.`)
  if (options.speed > 1) printer.say(`The provider's clock and ours run ${options.speed} times as fast.`)
  if (!printer.isLive) for (const line of headOf(house)) printer.say(line)
  const carried = await watch(house, begun, staging)
  const calls = callsSince(callsBefore, await admin.calls())
  const findings = await proveAll(outsider, carried, before, calls, printer)
  if (options.sabotage === 'lost-answer') printer.say(lostAnswers(await admin.withheld()))
  for (const finding of findings) printer.say(fold(`FOUND: ${finding}`, 80, 7).join('\n'))
  const isGood = findings.length === 0
  printer.say(isGood ? 'Proven: every copy is there once, and is what was sent.' : 'Not proven.')
  if (!options.once) printer.say(whereNext(house, { snapshot: await spareDisk(admin), from: FROM, to: TO }))
  return isGood ? 0 : 1
}

async function seed(admin: Admin, options: Staging['options']): Promise<readonly Disk[]> {
  for (const bucket of [STAGING, PROOF_BUCKET]) await admin.seedBucket('fr-par', bucket)
  if (options.sabotage !== null) await admin.arm(FAULTS[options.sabotage])
  const disks: Disk[] = []
  for (const disk of DISKS) {
    const seeded = await admin.seedSnapshot(disk.kind, {
      zone: FROM,
      name: `web-${disk.kind}`,
      sizeBytes: SIZE_BYTES,
      dataBytes: DATA_BYTES,
      seed: disk.seed,
    })
    disks.push({ ...disk, ...seeded })
  }
  return disks
}

function order(house: House, { id }: Disk): Promise<MigrationAnswer> {
  return post(`${house.apiUrl}/v1/migrations`, { source: { snapshot: id }, from: FROM, to: TO })
}

/** One more disk, for whoever wants to try a move by hand. */
async function spareDisk(admin: Admin): Promise<string> {
  const wanted = { zone: FROM, name: 'spare', sizeBytes: SIZE_BYTES, dataBytes: DATA_BYTES, seed: 33 }
  return (await admin.seedSnapshot('local', wanted)).id
}

async function post(url: string, body: unknown): Promise<MigrationAnswer> {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  const text = await answer.text()
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}: ${text}`)
  return JSON.parse(text)
}

async function watch(
  house: House,
  begun: readonly Carried[],
  { options, dataDir, printer }: Staging,
): Promise<readonly Carried[]> {
  const file = join(dataDir, 'durations.json')
  const durations = readDurations(file)
  const view = new Watch(options.speed, (kind, phase) => usualSeconds(durations, kind, phase))
  for (;;) {
    const carried = await Promise.all(
      begun.map(async ({ disk, answer }) => ({
        disk,
        answer: await look(`${house.apiUrl}/v1/migrations/${answer.id}`),
      })),
    )
    const now = performance.now()
    const moves = carried.map(({ disk, answer }) => view.moveOf(watchedOf(disk, answer), answer, now))
    printer.draw(moves, headOf(house))
    if (carried.every(({ answer: { done, state } }) => done || state === 'needs_attention')) {
      printer.done()
      if (options.sabotage === null) remember(file, carried, moves, options.speed)
      return carried
    }
    await pause(LOOK_MS)
  }
}

function watchedOf({ name, kind }: Disk, { id }: MigrationAnswer): Watched {
  return { name, id, from: FROM, to: TO, phases: PHASES, kind }
}

/** What a move took that went well; read again first, because another start may have written meanwhile. */
function remember(file: string, carried: readonly Carried[], moves: readonly Move[], speed: number): void {
  let durations = readDurations(file)
  for (const [at, { disk }] of carried.entries()) {
    const move = moves[at]
    if (move?.state === 'succeeded') durations = withMove(durations, disk.kind, move.phases, speed)
  }
  writeDurations(file, durations)
}

async function look(url: string): Promise<MigrationAnswer> {
  const answer = await fetch(url)
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}: ${await answer.text()}`)
  return (await answer.json()) as MigrationAnswer
}

function headOf(house: House): readonly string[] {
  return [
    `sandbox · API ${house.apiUrl} · docs ${house.apiUrl}/docs`,
    `worker pid ${house.worker.pid} (kill -9 it: it is started again and carries on)`,
  ]
}

function lostAnswers(count: number): string {
  return `  answers to imports that were lost on purpose: ${count}; what they had made was found by its tag`
}

async function proveAll(
  outsider: Outsider,
  carried: readonly Carried[],
  before: readonly SnapshotRow[],
  calls: readonly Call[],
  printer: Printer,
): Promise<readonly string[]> {
  printer.say("\nThe proof, with the provider's official SDK and an S3 client only:")
  const left = await leftBehind(outsider, { staging: STAGING, from: FROM, before })
  const findings = [...left.findings]
  for (const { disk, answer } of carried) {
    if (answer.state !== 'succeeded') {
      const why = `${answer.failure?.kind ?? 'no failure'}: ${answer.failure?.text ?? ''}`
      findings.push(`${disk.name}: ${answer.state}, ${why}`)
      continue
    }
    printer.say(`  ${disk.name}: exporting the copy again and reading it back …`)
    const proof = await prove(outsider, expectedOf(disk, answer), PROOF_BUCKET)
    for (const line of proof.lines) printer.say(line)
    findings.push(...proof.findings)
  }
  for (const line of [...left.lines, ...callLines(calls, carried.length)]) printer.say(line)
  return findings
}

function expectedOf({ name, kind, id, digest }: Disk, answer: MigrationAnswer): Expected {
  return {
    name,
    kind,
    source: id,
    from: FROM,
    to: TO,
    sizeBytes: SIZE_BYTES,
    digest,
    copy: answer.copy?.id ?? null,
    migration: answer.id,
  }
}
