import type { Access } from './access.ts'
import { isRegionName, isSafeFor, readEndpoint, regionEndpoint } from './endpoint.ts'
import type { EnvReader } from './env-reader.ts'

const API_URL = 'https://api.scaleway.com'
const S3_ENDPOINT = 'https://s3.{region}.scw.cloud'
const ACCESS_KEY = /^SCW[A-Z0-9]{17}$/
/** The provider writes ids in lower case; people paste them in any. */
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

/** The access of mode `armed`: the real provider, or what SCW_API_URL names. null when something is missing. */
export function readArmed(reader: EnvReader): Access | null {
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
  if (accessKey === null || secretKey === null || projectId === null) return null
  return {
    mode: 'armed',
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
function checkForm(reader: EnvReader, name: string, value: string | null, form: RegExp): void {
  const what = form === UUID ? 'a UUID' : 'SCW and 17 capital letters or digits'
  if (value !== null && !form.test(value)) reader.mistakes.push(`${name} is not ${what}`)
}

function checkUrl(reader: EnvReader, name: string, text: string): void {
  const url = readEndpoint(text)
  if (!url.ok) reader.mistakes.push(`${name} ${url.failure}`)
  else if (!isSafeFor(url.value))
    reader.mistakes.push(`${name} must begin with https://: a secret travels there`)
}
