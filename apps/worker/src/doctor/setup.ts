import { isInstall, type Region } from '@snapferry/migration'
import { type Access, readAccess, tailOf } from '@snapferry/scaleway'
import type { BucketUse, Setup } from './sight.ts'

/** What the doctor reads besides the names of `SCALEWAY_ENV`; the same names as API and worker. */
export const DOCTOR_ENV = [
  'REDIS_URL',
  'SNAPFERRY_INSTALL',
  'SNAPFERRY_PREFIX',
  'SNAPFERRY_BUCKETS',
  'SNAPFERRY_ARCHIVE_BUCKET',
] as const

type Env = Readonly<Record<string, string | undefined>>

/** What the doctor is started with. */
export interface DoctorConfig {
  readonly access: Access
  readonly redisUrl: string
  readonly setup: Setup
}

/** Reads the environment; throws one error that names every mistake. */
export function readDoctorConfig(env: Env, readFile: (path: string) => string): DoctorConfig {
  const mistakes: string[] = []
  const text = (name: (typeof DOCTOR_ENV)[number], unset = '') => env[name]?.trim() || unset
  const access = readAccess(env, readFile)
  if (!access.ok) mistakes.push(...access.failure)
  const install = text('SNAPFERRY_INSTALL', 'default')
  if (!isInstall(install)) mistakes.push('SNAPFERRY_INSTALL takes 1 to 20 of a-z, 0-9 and -')
  const redisUrl = text('REDIS_URL')
  if (!/^rediss?:\/\/./.test(redisUrl) || !URL.canParse(redisUrl))
    mistakes.push('set REDIS_URL, such as redis://127.0.0.1:6379')
  const buckets = [
    ...usesOf('SNAPFERRY_BUCKETS', text('SNAPFERRY_BUCKETS'), 'default', mistakes),
    ...usesOf('SNAPFERRY_ARCHIVE_BUCKET', text('SNAPFERRY_ARCHIVE_BUCKET'), 'archive', mistakes),
  ]
  if (mistakes.length > 0 || !access.ok)
    throw new Error(`the environment is not complete (see .env.example):\n- ${mistakes.join('\n- ')}`)
  const { mode, apiUrl, accessKey, projectId, organizationId } = access.value
  const keyTail = tailOf(accessKey)
  const prefix = text('SNAPFERRY_PREFIX', 'snapferry')
  const setup = { mode, apiUrl, keyTail, projectId, organizationId, install, prefix, buckets }
  return { access: access.value, redisUrl, setup }
}

/** `fr-par=acme-staging,nl-ams=other` */
function usesOf(name: string, text: string, use: BucketUse['use'], mistakes: string[]): readonly BucketUse[] {
  const parts = text.split(',').map((part) => part.trim())
  return parts.filter(Boolean).flatMap((part): BucketUse[] => {
    const [, region, bucket] = /^([a-z]{2}-[a-z]{3})=([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])$/.exec(part) ?? []
    if (region !== undefined && bucket !== undefined) return [{ region: region as Region, bucket, use }]
    mistakes.push(`${name} has a part that is no bucket of a region: write fr-par=my-bucket`)
    return []
  })
}
