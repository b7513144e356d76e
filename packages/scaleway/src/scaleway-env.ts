/** Every name of the environment that this package reads. */
export const SCALEWAY_ENV = [
  'SNAPFERRY_MODE',
  'SNAPFERRY_EMULATOR_URL',
  'SNAPFERRY_EMULATOR_S3',
  'SCW_ACCESS_KEY',
  'SCW_ACCESS_KEY_FILE',
  'SCW_SECRET_KEY',
  'SCW_SECRET_KEY_FILE',
  'SCW_DEFAULT_PROJECT_ID',
  'SCW_DEFAULT_ORGANIZATION_ID',
  'SCW_API_URL',
  'SCW_S3_ENDPOINT',
  'SCW_INSECURE',
  'SCW_CONFIG_PATH',
  'SCW_PROFILE',
] as const satisfies readonly string[]

/** A name of the environment that this package reads. */
export type ScalewayEnvName = (typeof SCALEWAY_ENV)[number]
