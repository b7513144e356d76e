import type { Call } from '../http/call.ts'
import type { ObjectHeaders } from '../stored-object.ts'
import { S3Refusal } from './s3-refusal.ts'

/** Headers that are kept and given back as they were. */
const KEPT = ['cache-control', 'content-disposition', 'content-language', 'expires']

const STORAGE_CLASSES = ['STANDARD', 'ONEZONE_IA', 'GLACIER']

/** What a PUT, a copy or a new upload says about the object. Refuses storage classes that the region does not sell. */
export function writtenHeaders(call: Call): ObjectHeaders {
  const { headers } = call.request
  const storageClass = String(headers['x-amz-storage-class'] ?? 'STANDARD')
  const isSold =
    STORAGE_CLASSES.includes(storageClass) && !(storageClass === 'GLACIER' && call.region === 'pl-waw')
  if (!isSold)
    throw new S3Refusal('InvalidArgument', `The storage class ${storageClass} is not available here`)
  const metadata: Record<string, string> = {}
  const kept: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers)) {
    if (name.startsWith('x-amz-meta-')) metadata[name.slice(11)] = String(value)
    if (KEPT.includes(name)) kept[name] = String(value)
  }
  const encoding = String(headers['content-encoding'] ?? '').replace(/aws-chunked,?\s*/, '')
  if (encoding !== '') kept['content-encoding'] = encoding
  const tags = Object.fromEntries(new URLSearchParams(String(headers['x-amz-tagging'] ?? '')))
  return { contentType: headers['content-type'] ?? 'binary/octet-stream', storageClass, metadata, kept, tags }
}
