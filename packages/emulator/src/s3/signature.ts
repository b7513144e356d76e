import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import type { Call } from '../http/call.ts'
import { mayUse, type Principal } from '../principals.ts'
import type { World } from '../world.ts'
import { S3Refusal } from './s3-refusal.ts'

/** How far the signed time may be from ours, as on S3. Real time: clients sign with their own clock, not the emulated one. */
const SKEW_MS_MAX = 15 * 60_000

const AUTHORIZATION =
  /^AWS4-HMAC-SHA256\s+Credential=([^/\s]+)\/(\d{8})\/([^/\s]+)\/s3\/aws4_request,\s*SignedHeaders=([^,\s]+),\s*Signature=([0-9a-f]{64})$/

/** Checks a SigV4 signature and answers who signed; `SCW…@<project>` acts in that project. Refuses as S3 does. */
export function verifySignature(world: World, call: Call, region: string): Principal {
  const header = call.request.headers.authorization
  if (header === undefined) throw new S3Refusal('AccessDenied')
  const [, key = '', day = '', signedRegion = '', names = '', signature = ''] =
    AUTHORIZATION.exec(header) ?? []
  if (signature === '') throw new S3Refusal('AuthorizationHeaderMalformed')
  if (signedRegion !== region) {
    throw new S3Refusal(
      'AuthorizationHeaderMalformed',
      `The region '${signedRegion}' is wrong; expecting '${region}'`,
    )
  }
  const principal = principalOfKey(world, decodeURIComponent(key))
  const time = requireFreshTime(call, day)
  const scope = `${day}/${region}/s3/aws4_request`
  const canonical = createHash('sha256')
    .update(canonicalRequest(call, names.split(';')))
    .digest('hex')
  const secret = signingKey(principal.credential.secretKey, [day, region, 's3', 'aws4_request'])
  const wanted = hmac(secret, ['AWS4-HMAC-SHA256', time, scope, canonical].join('\n'))
  if (!timingSafeEqual(wanted, Buffer.from(signature, 'hex'))) throw new S3Refusal('SignatureDoesNotMatch')
  return principal
}

function principalOfKey(world: World, key: string): Principal {
  const [accessKey = '', projectId] = key.split('@')
  const credential = world.credentials.find((known) => known.accessKey === accessKey)
  if (credential === undefined) throw new S3Refusal('InvalidAccessKeyId')
  const principal = { credential, projectId: projectId ?? credential.projectId }
  if (!mayUse(principal, principal.projectId)) throw new S3Refusal('AccessDenied')
  return principal
}

function requireFreshTime(call: Call, day: string): string {
  const time = call.request.headers['x-amz-date']
  const [, year, month, date, hour, minute, second] =
    /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z$/.exec(typeof time === 'string' ? time : '') ?? []
  const ms = Date.parse(`${year}-${month}-${date}T${hour}:${minute}:${second}Z`)
  if (typeof time !== 'string' || Number.isNaN(ms) || !time.startsWith(day))
    throw new S3Refusal('AccessDenied')
  if (Math.abs(Date.now() - ms) > SKEW_MS_MAX) throw new S3Refusal('RequestTimeTooSkewed')
  return time
}

function canonicalRequest(call: Call, names: string[]): string {
  const { headers } = call.request
  if (!names.includes('host')) throw new S3Refusal('AccessDenied', 'The host header must be signed')
  const lines = names.map(
    (name) => `${name}:${[headers[name] ?? ''].flat().join(',').trim().replace(/\s+/g, ' ')}\n`,
  )
  const payload = headers['x-amz-content-sha256']
  if (typeof payload !== 'string') throw new S3Refusal('AccessDenied', 'x-amz-content-sha256 is missing')
  const path = call.path
    .split('/')
    .map((part) => encodeAgain(part))
    .join('/')
  return [call.method, path, canonicalQuery(call), lines.join(''), names.join(';'), payload].join('\n')
}

function canonicalQuery(call: Call): string {
  const [, search = ''] = (call.request.url ?? '').split(/\?(.*)/s)
  const pairs = search.split('&').filter((pair) => pair !== '')
  const encoded = pairs.map((pair) => {
    const [name = '', value = ''] = pair.split(/=(.*)/s)
    return `${encodeAgain(name)}=${encodeAgain(value)}`
  })
  return encoded.sort().join('&')
}

/** Whatever the client left unencoded is encoded by SigV4's rules: everything but A-Z a-z 0-9 - _ . ~ */
function encodeAgain(text: string): string {
  let plain = text
  try {
    plain = decodeURIComponent(text)
  } catch {
    throw new S3Refusal('InvalidArgument', 'The URL is not well encoded')
  }
  return encodeURIComponent(plain).replace(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}

function signingKey(secretKey: string, scope: string[]): Buffer {
  return scope.reduce<Buffer>((key, part) => hmac(key, part), Buffer.from(`AWS4${secretKey}`))
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}
