import { createHash } from 'node:crypto'
import type { Call } from '../http/call.ts'
import { readBody } from '../http/read-body.ts'
import { S3Refusal } from './s3-refusal.ts'
import { type Element, parseXml } from './xml.ts'

/** Configurations and lists of keys are small: 1,000 keys of 1,024 bytes are about 1 MB. */
const BODY_BYTES_MAX = 4 * 1_048_576

/** Reads a body that is text, and checks it against the hash that was signed. */
export async function readText(call: Call): Promise<string> {
  const body = await readBody(call.request, BODY_BYTES_MAX)
  if (body === null) throw new S3Refusal('MalformedXML')
  const signed = String(call.request.headers['x-amz-content-sha256'])
  const isHash = /^[0-9a-f]{64}$/.test(signed)
  if (isHash && signed !== createHash('sha256').update(body).digest('hex'))
    throw new S3Refusal('XAmzContentSHA256Mismatch')
  return body.toString('utf8')
}

/** Reads a body that is XML. */
export async function readXml(call: Call): Promise<Element> {
  return parseXml(await readText(call))
}
