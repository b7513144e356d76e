import type { Bucket } from '../bucket.ts'
import type { Answer } from '../http/answer.ts'
import { type Call, madeByCall, principalOf } from '../http/call.ts'
import { mayUse } from '../principals.ts'
import type { World } from '../world.ts'
import { isBucketName } from './bucket-name.ts'
import { openBucket } from './open-bucket.ts'
import { readText } from './read-xml.ts'
import { S3Refusal } from './s3-refusal.ts'
import { element, parseXml, textOf } from './xml.ts'
import { bareAnswer, xmlAnswer } from './xml-answer.ts'

/** PUT bucket: made in the project the key acts in. Names are unique over all regions. */
export async function createBucket(world: World, call: Call): Promise<Answer> {
  const id = call.bucket ?? ''
  if (!isBucketName(id)) throw new S3Refusal('InvalidBucketName')
  const text = await readText(call)
  const wanted = text === '' ? undefined : textOf(parseXml(text), 'LocationConstraint')
  if (wanted !== undefined && wanted !== call.region)
    throw new S3Refusal('InvalidArgument', 'The location constraint is not valid')
  const principal = principalOf(call)
  const taken = world.buckets.get(id)
  if (taken !== undefined) {
    throw new S3Refusal(
      mayUse(principal, taken.projectId) ? 'BucketAlreadyOwnedByYou' : 'BucketAlreadyExists',
    )
  }
  const bucket = {
    id,
    region: call.region ?? '',
    projectId: principal.projectId,
    createdMs: world.clock.nowMs(),
  }
  world.buckets.put({
    ...bucket,
    policy: null,
    versioning: null,
    configurations: {},
    madeBy: madeByCall(call),
  })
  call.madeIds.push(id)
  return bareAnswer(200, { Location: `/${id}` })
}

/** HEAD bucket */
export function headBucket(world: World, call: Call): Answer {
  const bucket = openBucket(world, call, 's3:ListBucket')
  return bareAnswer(200, { 'X-Amz-Bucket-Region': bucket.region, 'Content-Type': 'application/xml' })
}

/** DELETE bucket, when nothing is in it. */
export function deleteBucket(world: World, call: Call): Answer {
  const bucket = openBucket(world, call, 's3:DeleteBucket')
  const isFull = [...world.objects.all(), ...world.uploads.all()].some((one) => one.bucket === bucket.id)
  if (isFull) throw new S3Refusal('BucketNotEmpty')
  world.buckets.remove(bucket.id)
  return bareAnswer(204)
}

/** GET /: this region's buckets of the project the key acts in. */
export function listBuckets(world: World, call: Call): Answer {
  const { projectId } = principalOf(call)
  const owned = world.buckets.all().filter((one) => one.projectId === projectId && one.region === call.region)
  const inner = owned
    .sort((one, other) => (one.id < other.id ? -1 : 1))
    .map((one) => {
      return `<Bucket>${element('Name', one.id)}${element('CreationDate', new Date(one.createdMs).toISOString())}</Bucket>`
    })
  return xmlAnswer('ListAllMyBucketsResult', `${ownerXml({ projectId })}<Buckets>${inner.join('')}</Buckets>`)
}

/** GET ?location */
export function getLocation(world: World, call: Call): Answer {
  const bucket = openBucket(world, call, 's3:GetBucketLocation')
  return xmlAnswer('LocationConstraint', bucket.region)
}

/** GET ?acl of a bucket or an object: the owner, `<project>:<project>`, may do everything, and nobody else anything. */
export function getAcl(world: World, call: Call): Answer {
  const bucket = openBucket(world, call, call.key === null ? 's3:GetBucketAcl' : 's3:GetObjectAcl')
  const owner = ownerXml(bucket)
  const grantee = `<Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="CanonicalUser">${ownerIds(bucket)}</Grantee>`
  const grant = `<Grant>${grantee}${element('Permission', 'FULL_CONTROL')}</Grant>`
  return xmlAnswer('AccessControlPolicy', `${owner}<AccessControlList>${grant}</AccessControlList>`)
}

function ownerXml(bucket: Pick<Bucket, 'projectId'>): string {
  return `<Owner>${ownerIds(bucket)}</Owner>`
}

function ownerIds({ projectId }: Pick<Bucket, 'projectId'>): string {
  const id = `${projectId}:${projectId}`
  return element('ID', id) + element('DisplayName', id)
}
