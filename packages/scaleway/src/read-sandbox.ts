import { isIP } from 'node:net'
import type { Access } from './access.ts'
import { isRegionName, readEndpoint } from './endpoint.ts'
import { type EnvReader, shown } from './env-reader.ts'
import { isLocalAddress } from './local-address.ts'
import { SANDBOX_CREDENTIALS } from './sandbox-credentials.ts'

/** The access of mode `sandbox`: the emulator and its fixed credentials. No SCW_* name is read. */
export function readSandbox(reader: EnvReader): Access | null {
  const apiUrl = reader.optional('SNAPFERRY_EMULATOR_URL')
  if (apiUrl === null) {
    reader.mistakes.push('SNAPFERRY_EMULATOR_URL is not set: mode sandbox needs it (http://127.0.0.1:8080)')
  } else checkLocal(reader, 'SNAPFERRY_EMULATOR_URL', apiUrl)
  const byRegion = readRegions(reader)
  if (apiUrl === null || reader.mistakes.length > 0) return null
  return {
    mode: 'sandbox',
    apiUrl,
    s3Url(region) {
      const url = byRegion.get(region)
      if (url === undefined)
        throw new RangeError(`SNAPFERRY_EMULATOR_S3 names no endpoint for ${region.slice(0, 40)}`)
      return url
    },
    s3Regions: [...byRegion.keys()],
    ...SANDBOX_CREDENTIALS,
  }
}

/** `fr-par=http://127.0.0.1:9000,nl-ams=http://127.0.0.1:9001` */
function readRegions(reader: EnvReader): ReadonlyMap<string, string> {
  const name = 'SNAPFERRY_EMULATOR_S3'
  const byRegion = new Map<string, string>()
  const text = reader.optional(name)
  if (text === null) {
    reader.mistakes.push(
      `${name} is not set: mode sandbox needs it (fr-par=http://127.0.0.1:9000,nl-ams=http://…)`,
    )
  }
  for (const part of text?.split(',') ?? []) {
    const [region = '', url = ''] = part.trim().split(/=(.*)/s)
    if (!isRegionName(region)) reader.mistakes.push(`${name}: ${shown(region)} is no region`)
    else if (byRegion.has(region)) reader.mistakes.push(`${name} names ${region} twice`)
    else {
      checkLocal(reader, `${name}: ${region}`, url)
      byRegion.set(region, url)
    }
  }
  return byRegion
}

/** Names are resolved when the provider is opened, and at each connection; an address can be judged at once. */
function checkLocal(reader: EnvReader, name: string, text: string): void {
  const url = readEndpoint(text)
  if (!url.ok) {
    reader.mistakes.push(`${name} ${url.failure}`)
    return
  }
  const host = url.value.hostname.replace(/^\[(.*)\]$/, '$1')
  if (isIP(host) !== 0 && !isLocalAddress(host)) {
    reader.mistakes.push(
      `${name} is at ${host}: mode sandbox connects only to loopback and private addresses`,
    )
  }
}
