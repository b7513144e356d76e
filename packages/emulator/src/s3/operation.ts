import type { IncomingMessage } from 'node:http'
import type { Answer } from '../http/answer.ts'
import type { Call } from '../http/call.ts'
import type { World } from '../world.ts'
import {
  createBucket,
  deleteBucket,
  getAcl,
  getLocation,
  headBucket,
  listBuckets,
} from './bucket-operations.ts'
import { actOnConfiguration, actOnObjectTags, actOnPolicy, actOnVersioning } from './configurations.ts'
import { deleteObjects } from './delete-objects.ts'
import { listObjects, listParts, listUploads } from './listing.ts'
import { abortUpload, completeUpload, createUpload, uploadPart, uploadPartCopy } from './multipart.ts'
import {
  copyObject,
  deleteObject,
  getObject,
  headObject,
  putWhole,
  restoreObject,
} from './object-operations.ts'
import { S3Refusal } from './s3-refusal.ts'

type Act = (world: World, call: Call) => Answer | Promise<Answer>

/** One row: on what level, by which method, with which query name or header, which operation. */
interface Row {
  on: 'service' | 'bucket' | 'object'
  method: string
  /** A name the query must have, or a header that must be there; the first row that fits wins. */
  query?: string
  header?: string
  operation: string
  act: Act
}

const configured =
  (name: string): Act =>
  (world, call) =>
    actOnConfiguration(world, call, name)

/** Refuses what would silently do nothing. */
const unplayed: Act = () => {
  throw new S3Refusal('NotImplemented')
}

function configurationRows(name: string, noun: string): Row[] {
  const row = { on: 'bucket', query: name, act: configured(name) } as const
  return [
    { ...row, method: 'GET', operation: `Get${noun}` },
    { ...row, method: 'PUT', operation: `Put${noun}` },
    { ...row, method: 'DELETE', operation: `Delete${noun}` },
  ]
}

function methodRows(on: Row['on'], query: string, noun: string, methods: string[], act: Act): Row[] {
  const verbs: Record<string, string> = { GET: 'Get', PUT: 'Put', DELETE: 'Delete' }
  return methods.map((method) => ({ on, method, query, operation: `${verbs[method]}${noun}`, act }))
}

/** The S3 operations that are played, special rows before general ones. */
const ROWS: readonly Row[] = [
  { on: 'service', method: 'GET', operation: 'ListBuckets', act: listBuckets },
  ...configurationRows('lifecycle', 'BucketLifecycleConfiguration'),
  ...configurationRows('cors', 'BucketCors'),
  ...configurationRows('tagging', 'BucketTagging'),
  ...configurationRows('object-lock', 'ObjectLockConfiguration'),
  ...methodRows('bucket', 'versioning', 'BucketVersioning', ['GET', 'PUT'], actOnVersioning),
  ...methodRows('bucket', 'policy', 'BucketPolicy', ['GET', 'PUT', 'DELETE'], actOnPolicy),
  { on: 'bucket', method: 'GET', query: 'acl', operation: 'GetBucketAcl', act: getAcl },
  { on: 'bucket', method: 'PUT', query: 'acl', operation: 'PutBucketAcl', act: unplayed },
  { on: 'bucket', method: 'GET', query: 'location', operation: 'GetBucketLocation', act: getLocation },
  { on: 'bucket', method: 'GET', query: 'uploads', operation: 'ListMultipartUploads', act: listUploads },
  { on: 'bucket', method: 'GET', query: 'versions', operation: 'ListObjectVersions', act: unplayed },
  { on: 'bucket', method: 'GET', query: 'list-type', operation: 'ListObjectsV2', act: listObjects },
  { on: 'bucket', method: 'GET', operation: 'ListObjects', act: listObjects },
  { on: 'bucket', method: 'HEAD', operation: 'HeadBucket', act: headBucket },
  { on: 'bucket', method: 'PUT', operation: 'CreateBucket', act: createBucket },
  { on: 'bucket', method: 'DELETE', operation: 'DeleteBucket', act: deleteBucket },
  { on: 'bucket', method: 'POST', query: 'delete', operation: 'DeleteObjects', act: deleteObjects },
  ...methodRows('object', 'tagging', 'ObjectTagging', ['GET', 'PUT', 'DELETE'], actOnObjectTags),
  { on: 'object', method: 'GET', query: 'acl', operation: 'GetObjectAcl', act: getAcl },
  { on: 'object', method: 'PUT', query: 'acl', operation: 'PutObjectAcl', act: unplayed },
  { on: 'object', method: 'GET', query: 'uploadId', operation: 'ListParts', act: listParts },
  { on: 'object', method: 'GET', operation: 'GetObject', act: getObject },
  { on: 'object', method: 'HEAD', operation: 'HeadObject', act: headObject },
  {
    on: 'object',
    method: 'PUT',
    query: 'partNumber',
    header: 'x-amz-copy-source',
    operation: 'UploadPartCopy',
    act: uploadPartCopy,
  },
  { on: 'object', method: 'PUT', query: 'partNumber', operation: 'UploadPart', act: uploadPart },
  { on: 'object', method: 'PUT', header: 'x-amz-copy-source', operation: 'CopyObject', act: copyObject },
  { on: 'object', method: 'PUT', operation: 'PutObject', act: putWhole },
  { on: 'object', method: 'DELETE', query: 'uploadId', operation: 'AbortMultipartUpload', act: abortUpload },
  { on: 'object', method: 'DELETE', operation: 'DeleteObject', act: deleteObject },
  { on: 'object', method: 'POST', query: 'uploads', operation: 'CreateMultipartUpload', act: createUpload },
  {
    on: 'object',
    method: 'POST',
    query: 'uploadId',
    operation: 'CompleteMultipartUpload',
    act: completeUpload,
  },
  { on: 'object', method: 'POST', query: 'restore', operation: 'RestoreObject', act: restoreObject },
]

/** Which operation a request asks for, or null for one that does not exist here. */
export function findOperation(asked: {
  method: string
  query: URLSearchParams
  request: IncomingMessage
  on: Row['on']
}): { operation: string; act: Act } | null {
  const { method, query, request, on } = asked
  const row = ROWS.find(
    (one) =>
      one.on === on &&
      one.method === method &&
      (one.query === undefined || query.has(one.query)) &&
      (one.header === undefined || request.headers[one.header] !== undefined),
  )
  return row ?? null
}
