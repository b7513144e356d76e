import { randomUUID } from 'node:crypto'
import { rateLimited } from '../api/refusals.ts'
import { echoOf } from '../faults/echo-credentials.ts'
import type { RefusalFault } from '../faults/fault.ts'
import type { Answer } from '../http/answer.ts'
import type { Call } from '../http/call.ts'
import { htmlBadGateway, type Service } from '../http/serve.ts'
import type { World } from '../world.ts'
import { findOperation } from './operation.ts'
import { S3_CODES, type S3Code, S3Refusal } from './s3-refusal.ts'
import { verifySignature } from './signature.ts'
import { element } from './xml.ts'

/** Object Storage of one region, path style. */
export function s3Service(world: World, region: string): Service {
  return {
    bodyBytesMax: null,
    newRequestId: () => `txg${randomUUID().replaceAll('-', '')}`,
    identify({ method, path, query, request }) {
      const { bucket, key } = placeOf(path)
      const on = bucket === null ? 'service' : key === null ? 'bucket' : 'object'
      const operation = findOperation({ method, query, request, on })?.operation ?? 'Unknown'
      return { api: 's3', operation, zone: null, region, resourceId: null, bucket, key }
    },
    async act(call) {
      try {
        return await actOnS3(world, call, region)
      } catch (cause) {
        if (!(cause instanceof S3Refusal)) throw cause
        return errorAnswer(call, cause)
      }
    },
    refuse: (fault, call) => refusalOf(fault, call),
    stamp: (_, call) => ({ 'X-Amz-Request-Id': call.requestId, 'X-Amz-Id-2': call.requestId }),
  }
}

async function actOnS3(world: World, call: Call, region: string): Promise<Answer> {
  call.principal = verifySignature(world, call, region)
  const { method, query, request } = call
  const on = call.bucket === null ? 'service' : call.key === null ? 'bucket' : 'object'
  const found = findOperation({ method, query, request, on })
  if (found === null) throw new S3Refusal('MethodNotAllowed')
  return found.act(world, call)
}

function placeOf(path: string): { bucket: string | null; key: string | null } {
  const [, bucket = '', key = ''] = /^\/([^/]*)\/?(.*)$/s.exec(path) ?? []
  return { bucket: bucket === '' ? null : decode(bucket), key: key === '' ? null : decode(key) }
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    // Kept as it is; the signature check refuses it.
    return text
  }
}

/** HEAD answers bear no body, whatever went wrong. */
function errorAnswer(call: Call, refusal: S3Refusal): Answer {
  const [status] = S3_CODES[refusal.code]
  const resource = `/${[call.bucket, call.key].filter((part) => part !== null).join('/')}`
  const facts = [
    element('Code', refusal.code),
    element('Message', refusal.message),
    element('RequestId', call.requestId),
    element('HostId', call.requestId),
    element('Resource', resource),
  ]
  const body = `<?xml version="1.0" encoding="UTF-8"?>\n<Error>${facts.join('')}</Error>`
  const headers = { ...refusal.headers, 'Content-Type': 'application/xml' }
  return { status, headers, body: call.method === 'HEAD' ? null : body }
}

/** What each fault is called on S3. */
const CODE_OF: Partial<Record<RefusalFault['kind'], S3Code>> = {
  'json-503': 'SlowDown',
  'internal-500': 'InternalError',
  'quota-403': 'QuotaExceeded',
  'permissions-403': 'AccessDenied',
  'unauthenticated-401': 'InvalidAccessKeyId',
  'transient-409': 'ServiceUnavailable',
  'precondition-412': 'PreconditionFailed',
  'precondition-400': 'InvalidArgument',
}

function refusalOf(fault: RefusalFault, call: Call): Answer {
  if (fault.kind === 'empty-429') return rateLimited()
  if (fault.kind === 'html-502') return htmlBadGateway()
  if (fault.kind === 'echo-credentials') {
    const answer = errorAnswer(call, new S3Refusal('InvalidArgument', echoOf(call.request)))
    return { ...answer, status: fault.status ?? answer.status }
  }
  const code = CODE_OF[fault.kind] ?? (call.key === null ? 'NoSuchBucket' : 'NoSuchKey')
  return errorAnswer(call, new S3Refusal(code))
}
