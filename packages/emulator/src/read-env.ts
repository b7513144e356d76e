import type { EmulatorOptions } from './options.ts'

/**
 * Reads the settings of the emulator's process, where an empty value is an unset one; throws one error that names
 * everything that is wrong.
 */
export function readEnv(env: Record<string, string | undefined>): EmulatorOptions {
  const wrong: string[] = []
  const textOf = (name: string): string | undefined => env[name]?.trim() || undefined
  const numberOf = (name: string, fallback: number, max: number) => {
    const value = Number(textOf(name) ?? fallback)
    if (!(value >= 0 && value <= max)) wrong.push(`${name} must be a number from 0 to ${max}`)
    return value
  }
  const dataDir = textOf('SNAPFERRY_EMULATOR_DATA') ?? ''
  if (dataDir === '') wrong.push('SNAPFERRY_EMULATOR_DATA must name a folder')
  const speed = numberOf('SNAPFERRY_EMULATOR_SPEED', 1, 1_000_000)
  if (speed === 0) wrong.push('SNAPFERRY_EMULATOR_SPEED must be above 0')
  const api = numberOf('SNAPFERRY_EMULATOR_PORT', 0, 65_535)
  const seed = numberOf('SNAPFERRY_EMULATOR_SEED', 1, Number.MAX_SAFE_INTEGER)
  const s3: Record<string, number> = {}
  for (const pair of listOf(textOf('SNAPFERRY_EMULATOR_S3_PORTS')) ?? []) {
    const [region = '', port = ''] = pair.split('=')
    if (/^[a-z]{2}-[a-z]{3}$/.test(region) && /^\d{1,5}$/.test(port)) s3[region] = Number(port)
    else wrong.push(`SNAPFERRY_EMULATOR_S3_PORTS must look like fr-par=9001,nl-ams=9002, not "${pair}"`)
  }
  const regions = listOf(textOf('SNAPFERRY_EMULATOR_REGIONS'))
  const host = textOf('SNAPFERRY_EMULATOR_HOST')
  // A start time means that somebody else moves the clock.
  const startMs =
    textOf('SNAPFERRY_EMULATOR_START_MS') === undefined
      ? null
      : numberOf('SNAPFERRY_EMULATOR_START_MS', 0, Number.MAX_SAFE_INTEGER)
  if (wrong.length > 0) throw new Error(wrong.join('; '))
  return {
    dataDir,
    drive: startMs === null ? { mode: 'by-itself', speed } : { mode: 'by-hand', startMs },
    ports: { api, s3 },
    seed,
    ...(regions === undefined ? {} : { regions }),
    ...(host === undefined ? {} : { host }),
  }
}

function listOf(text: string | undefined): string[] | undefined {
  return text
    ?.split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
}
