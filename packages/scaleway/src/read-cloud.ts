import type { Access } from './access.ts'
import { isRegionName, isSafeFor, readEndpoint, regionEndpoint } from './endpoint.ts'
import type { EnvReader } from './env-reader.ts'
import { ACCESS_KEY, UUID, type ValueForm } from './key-forms.ts'
import { readProfile } from './read-profile.ts'

const API_URL = 'https://api.scaleway.com'
const S3_ENDPOINT = 'https://s3.{region}.scw.cloud'

/**
 * The access of the modes `observe` and `armed`: the real provider, or what SCW_API_URL names. The environment counts
 * before the config file of the official tools, which is read only when SCW_CONFIG_PATH names it. null when something
 * is missing.
 */
export function readCloud(reader: EnvReader, mode: 'observe' | 'armed'): Access | null {
  reader.fallBackOn(readProfile(reader))
  // Whatever else were missing might stand in the file.
  if (reader.mistakes.length > 0) return null
  const accessKey = reader.secret('SCW_ACCESS_KEY')
  const secretKey = reader.secret('SCW_SECRET_KEY')
  const projectId = reader.required('SCW_DEFAULT_PROJECT_ID')
  const organizationId = reader.optional('SCW_DEFAULT_ORGANIZATION_ID')
  checkForm(reader, 'SCW_ACCESS_KEY', accessKey, ACCESS_KEY)
  checkForm(reader, 'SCW_SECRET_KEY', secretKey, UUID)
  checkForm(reader, 'SCW_DEFAULT_PROJECT_ID', projectId, UUID)
  checkForm(reader, 'SCW_DEFAULT_ORGANIZATION_ID', organizationId, UUID)
  const apiUrl = reader.optional('SCW_API_URL') ?? API_URL
  checkUrl(reader, 'SCW_API_URL', apiUrl)
  const template = reader.optional('SCW_S3_ENDPOINT') ?? S3_ENDPOINT
  checkUrl(reader, 'SCW_S3_ENDPOINT', regionEndpoint(template, 'fr-par'))
  checkInsecure(reader)
  if (accessKey === null || secretKey === null || projectId === null) return null
  return {
    mode,
    apiUrl,
    s3Url(region) {
      if (!isRegionName(region)) throw new RangeError(`${JSON.stringify(region.slice(0, 40))} is no region`)
      return regionEndpoint(template, region)
    },
    s3Regions: null,
    accessKey,
    secretKey,
    projectId: projectId.toLowerCase(),
    organizationId: organizationId?.toLowerCase() ?? null,
  }
}

/** A wrong value is not repeated: it may be a secret in the wrong place. */
function checkForm(reader: EnvReader, name: string, value: string | null, { fits, what }: ValueForm): void {
  if (value !== null && !fits.test(value)) reader.mistakes.push(`${name} is not ${what}`)
}

function checkUrl(reader: EnvReader, name: string, text: string): void {
  const url = readEndpoint(text)
  if (!url.ok) reader.mistakes.push(`${name} ${url.failure}`)
  else if (!isSafeFor(url.value))
    reader.mistakes.push(`${name} must begin with https://: a secret travels there`)
}

/** The words that the official tools take for "yes". */
const YES = /^(?:1|t|true)$/i

/** The official tools stop checking certificates then; a key that may delete snapshots is not sent to whoever answers. */
function checkInsecure(reader: EnvReader): void {
  if (YES.test(reader.optional('SCW_INSECURE') ?? ''))
    reader.mistakes.push('SCW_INSECURE (insecure) is set: certificates are always checked here, so unset it')
}
