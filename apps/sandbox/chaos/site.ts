import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Guardian, openGuardian } from '../src/guardian.ts'
import { type Installation, openInstallation } from './installation.ts'
import { freeLowPort } from './low-port.ts'
import { programOf } from './programs.ts'
import { openProviderDoor, type ProviderDoor } from './provider-door.ts'
import { startVictim, type Victim } from './victim.ts'

/** Everything that runs: the provider, and one or two installations. */
export interface Site {
  readonly folder: string
  readonly provider: Victim
  readonly adminUrl: string
  readonly door: ProviderDoor
  readonly installations: readonly Installation[]
  /** Ends every process; the folder stays when it is to be looked at. */
  close(keepFolder: boolean): Promise<void>
}

/** Buckets of the installations, shared by all. */
export const STAGING = { 'fr-par': 'chaos-staging-par', 'nl-ams': 'chaos-staging-ams' } as const
/** The regions that are played. */
export const REGIONS = Object.keys(STAGING) as readonly (keyof typeof STAGING)[]

/** A site that is being opened; `close` may come at any time. */
export interface OpeningSite {
  readonly ready: Promise<Site>
  readonly folder: string
  close(keepFolder: boolean): Promise<void>
}

/** Opens it, each program a process of its own. Whatever fails, or a `close` before, ends what was started. */
export function openSite(o: {
  readonly installations: 1 | 2
  readonly seed: number
  readonly onFall: (name: string, how: string) => void
}): OpeningSite {
  const folder = mkdtempSync(join(tmpdir(), 'snapferry-chaos-'))
  // It ends everybody when this process is killed. The folder stays then: what it was killed for may be in there.
  const guardian = openGuardian('')
  const closers: (() => Promise<void>)[] = []
  const stopping = new AbortController()
  let closing: Promise<void> | null = null
  const closeOnce = async (keepFolder: boolean): Promise<void> => {
    stopping.abort(new Error('stopped before everything served'))
    await building.catch(() => undefined)
    for (let step = closers.pop(); step !== undefined; step = closers.pop())
      await step().catch(() => undefined)
    await guardian.done()
    if (!keepFolder) rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
  }
  const close = (keepFolder: boolean): Promise<void> => {
    closing ??= closeOnce(keepFolder)
    return closing
  }
  const building = build({ ...o, folder, guardian, closers, signal: stopping.signal })
  const ready = building.then((built) => ({ ...built, close }))
  ready.catch(() => undefined)
  return { ready, folder, close }
}

interface Building {
  readonly installations: 1 | 2
  readonly seed: number
  readonly onFall: (name: string, how: string) => void
  readonly folder: string
  readonly guardian: Guardian
  readonly closers: (() => Promise<void>)[]
  readonly signal: AbortSignal
}

async function build(o: Building): Promise<Omit<Site, 'close'>> {
  const ports = { api: await freeLowPort(), s3: await portsOf(REGIONS) }
  const provider = started(o, 'provider', programOf('@snapferry/emulator'), {
    SNAPFERRY_EMULATOR_DATA: join(o.folder, 'provider'),
    SNAPFERRY_EMULATOR_PORT: String(ports.api),
    SNAPFERRY_EMULATOR_S3_PORTS: pairsOf(ports.s3, String),
    SNAPFERRY_EMULATOR_REGIONS: REGIONS.join(','),
    SNAPFERRY_EMULATOR_SEED: String(o.seed),
  })
  await provider.ready
  const compileCache = join(o.folder, 'compiled')
  await Promise.all(
    ['@snapferry/api', '@snapferry/worker'].map((name) => compile(programOf(name), compileCache)),
  )
  const names = o.installations === 1 ? ['default'] : ['a', 'b']
  const installations: Installation[] = []
  for (const name of names) {
    o.signal.throwIfAborted()
    const behind = o.installations === 1 ? ports : await gateFor(o, name, ports)
    const opened = await openInstallation({
      ...o,
      name,
      workers: 3,
      compileCache,
      providerEnv: {
        SNAPFERRY_EMULATOR_URL: urlOf(behind.api),
        SNAPFERRY_EMULATOR_S3: pairsOf(behind.s3, urlOf),
      },
      buckets: Object.entries(STAGING)
        .map(([region, bucket]) => `${region}=${bucket}`)
        .join(','),
    })
    o.closers.push(() => opened.stop())
    installations.push(opened)
  }
  const adminUrl = `${urlOf(ports.api)}/admin`
  return { folder: o.folder, provider, adminUrl, door: openProviderDoor(adminUrl), installations }
}

/**
 * Starts a program once with nothing in its environment: it says what it lacks and ends, and so leaves its compiled
 * code behind, which a killed one never does.
 */
async function compile(program: string, folder: string): Promise<void> {
  const env = { PATH: process.env['PATH'] ?? '', NODE_COMPILE_CACHE: folder }
  await once(spawn(process.execPath, [program], { env, stdio: 'ignore' }), 'exit')
}

interface Ports {
  readonly api: number
  readonly s3: readonly (readonly [region: string, port: number])[]
}

async function portsOf(regions: readonly string[]): Promise<Ports['s3']> {
  return Promise.all(regions.map(async (region) => [region, await freeLowPort()] as const))
}

/** A door of its own for an installation, so that the provider's log knows who came. */
async function gateFor(o: Building, name: string, to: Ports): Promise<Ports> {
  const own = { api: await freeLowPort(), s3: await portsOf(to.s3.map(([region]) => region)) }
  const doors = [
    `${own.api}=${urlOf(to.api)}`,
    ...own.s3.map(([, port], at) => `${port}=${urlOf(to.s3[at]?.[1] ?? 0)}`),
  ]
  const gate = started(o, `gate-${name}`, join(import.meta.dirname, 'gate.ts'), {
    GATE_STAMP: stampOf(name),
    GATE_TO: doors.join(','),
  })
  await gate.ready
  return own
}

/** What the gate of an installation writes on each request. */
export function stampOf(installation: string): string {
  return `install/${installation}`
}

function started(o: Building, name: string, program: string, env: Readonly<Record<string, string>>): Victim {
  o.signal.throwIfAborted()
  const logFile = join(o.folder, `${name}.log`)
  const victim = startVictim({ name, program, env, guardian: o.guardian, logFile, onFall: o.onFall })
  o.closers.push(() => victim.stop())
  return victim
}

function urlOf(port: number): string {
  return `http://127.0.0.1:${port}`
}

function pairsOf(ports: Ports['s3'], text: (port: number) => string): string {
  return ports.map(([region, port]) => `${region}=${text(port)}`).join(',')
}
