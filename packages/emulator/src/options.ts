import type { Drive } from './clock.ts'
import type { DurationsByApi } from './durations.ts'
import { type Credential, SANDBOX_CREDENTIAL } from './principals.ts'
import type { Quotas } from './quotas.ts'
import type { Switches } from './switches.ts'
import { REGIONS } from './zones.ts'

/** How an emulator is started. Only `dataDir` and `drive` are needed. */
export interface EmulatorOptions {
  /** Everything is kept here and found again after a restart; one process at a time. */
  dataDir: string
  drive: Drive
  /** 0, the default, takes a free port. Everything listens on loopback unless `host` says otherwise. */
  ports?: { api?: number; s3?: Record<string, number> }
  /** Address to listen on; default 127.0.0.1. The admin routes have no password: keep it private. */
  host?: string
  /** Default fr-par, nl-ams, pl-waw. */
  regions?: readonly string[]
  /** Default one key, SANDBOX_CREDENTIALS. */
  credentials?: readonly Credential[]
  /** For probable faults; default 1. */
  seed?: number
  switches?: Partial<Switches>
  durations?: DurationsByApi
  quotas?: Partial<Quotas>
}

/** The options with every default filled in. */
export type Settings = Required<Omit<EmulatorOptions, 'durations'>> & { durations: DurationsByApi | null }

/** Fills the defaults in. Throws RangeError for a region's port without the region. */
export function settingsOf(options: EmulatorOptions): Settings {
  const regions = options.regions ?? REGIONS
  for (const region of Object.keys(options.ports?.s3 ?? {})) {
    if (!regions.includes(region))
      throw new RangeError(`a port is given for ${region}, which is not among the regions`)
  }
  return {
    dataDir: options.dataDir,
    drive: options.drive,
    ports: options.ports ?? {},
    host: options.host ?? '127.0.0.1',
    regions,
    credentials: options.credentials ?? [SANDBOX_CREDENTIAL],
    seed: options.seed ?? 1,
    switches: options.switches ?? {},
    durations: options.durations ?? null,
    quotas: options.quotas ?? {},
  }
}
