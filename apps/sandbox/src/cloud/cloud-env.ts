import { join } from 'node:path'

type Env = Readonly<Record<string, string | undefined>>

/**
 * The environment of the programs that reach the real provider: what the person has set of `SCW_*` and `SNAPFERRY_*`,
 * and the config file of the official tools where these look for it. `exists`: whether there is such a file.
 */
export function cloudEnv(
  env: Env,
  mode: 'observe' | 'armed',
  exists: (path: string) => boolean,
): Readonly<Record<string, string>> {
  const given = Object.entries(env).flatMap(([name, value]): [string, string][] =>
    value !== undefined && /^(?:SCW|SNAPFERRY)_/.test(name) && !OURS.has(name) ? [[name, value]] : [],
  )
  const config = configPath(env, exists)
  return {
    ...Object.fromEntries(given),
    ...(config === null ? {} : { SCW_CONFIG_PATH: config }),
    SNAPFERRY_MODE: mode,
  }
}

/** Set by whoever starts the programs, never taken over. */
const OURS: ReadonlySet<string> = new Set([
  'SNAPFERRY_MODE',
  'SNAPFERRY_EMULATOR_URL',
  'SNAPFERRY_EMULATOR_S3',
  'SNAPFERRY_REDIS_VOLATILE',
  'SNAPFERRY_METRICS_PORT',
])

/** SCW_CONFIG_PATH counts even when nothing is there, so that it is told; the usual places only when something is. */
function configPath(env: Env, exists: (path: string) => boolean): string | null {
  const own = env['SCW_CONFIG_PATH']?.trim() ?? ''
  if (own !== '') return own
  const folders = [env['XDG_CONFIG_HOME'] ?? '', env['HOME'] ? join(env['HOME'], '.config') : '']
  const paths = folders.filter((folder) => folder !== '').map((folder) => join(folder, 'scw', 'config.yaml'))
  return paths.find(exists) ?? null
}
