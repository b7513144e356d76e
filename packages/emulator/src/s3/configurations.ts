import type { Answer } from '../http/answer.ts'
import type { Call } from '../http/call.ts'
import type { World } from '../world.ts'
import { openBucket, openObject, ownBucket } from './open-bucket.ts'
import { isPolicy } from './policy.ts'
import { readText } from './read-xml.ts'
import { type S3Code, S3Refusal } from './s3-refusal.ts'
import { childrenOf, element, parseXml, textOf } from './xml.ts'
import { bareAnswer, xmlAnswer } from './xml-answer.ts'

/** A bucket's sub-resources that are kept as they come, and what is said when there is none. */
export const CONFIGURATIONS: Record<string, { action: string; missing: S3Code }> = {
  lifecycle: { action: 'LifecycleConfiguration', missing: 'NoSuchLifecycleConfiguration' },
  cors: { action: 'BucketCORS', missing: 'NoSuchCORSConfiguration' },
  tagging: { action: 'BucketTagging', missing: 'NoSuchTagSet' },
  'object-lock': { action: 'BucketObjectLockConfiguration', missing: 'ObjectLockConfigurationNotFoundError' },
}

/** Get, put or delete one of them. */
export async function actOnConfiguration(world: World, call: Call, name: string): Promise<Answer> {
  const { action, missing } = CONFIGURATIONS[name] ?? { action: name, missing: 'InvalidArgument' as const }
  if (call.method === 'GET') {
    const bucket = openBucket(world, call, `s3:Get${action}`)
    const body = bucket.configurations[name]
    if (body === undefined) throw new S3Refusal(missing)
    return { status: 200, headers: { 'Content-Type': 'application/xml' }, body }
  }
  const text = call.method === 'PUT' ? await readText(call) : null
  if (text !== null) parseXml(text)
  const bucket = openBucket(world, call, `s3:Put${action}`)
  const { [name]: _, ...others } = bucket.configurations
  world.buckets.put({ ...bucket, configurations: text === null ? others : { ...others, [name]: text } })
  return bareAnswer(text === null ? 204 : 200)
}

/** GET or PUT ?versioning. The state is kept and shown; versions themselves are not played. */
export async function actOnVersioning(world: World, call: Call): Promise<Answer> {
  if (call.method === 'GET') {
    const { versioning } = openBucket(world, call, 's3:GetBucketVersioning')
    return xmlAnswer('VersioningConfiguration', versioning === null ? '' : element('Status', versioning))
  }
  const status = textOf(parseXml(await readText(call)), 'Status')
  if (status !== 'Enabled' && status !== 'Suspended') throw new S3Refusal('MalformedXML')
  world.buckets.put({ ...openBucket(world, call, 's3:PutBucketVersioning'), versioning: status })
  return bareAnswer(200)
}

/** GET, PUT or DELETE ?policy: whatever the policy says, so that nobody locks himself out. */
export async function actOnPolicy(world: World, call: Call): Promise<Answer> {
  if (call.method === 'GET') {
    const { policy } = ownBucket(world, call)
    if (policy === null) throw new S3Refusal('NoSuchBucketPolicy')
    return { status: 200, headers: { 'Content-Type': 'application/json' }, body: policy }
  }
  const policy = call.method === 'PUT' ? await readText(call) : null
  if (policy !== null && !isPolicy(policy)) throw new S3Refusal('MalformedPolicy')
  world.buckets.put({ ...ownBucket(world, call), policy })
  return bareAnswer(204)
}

/** GET, PUT or DELETE ?tagging of an object; an untagged one has an empty set. */
export async function actOnObjectTags(world: World, call: Call): Promise<Answer> {
  if (call.method === 'GET') {
    const tags = Object.entries(openObject(world, call, 's3:GetObjectTagging').tags)
    const inner = tags.map(([key, value]) => `<Tag>${element('Key', key)}${element('Value', value)}</Tag>`)
    const answer = xmlAnswer('Tagging', `<TagSet>${inner.join('')}</TagSet>`)
    return { ...answer, headers: { 'Content-Type': 'text/xml; charset=utf-8' } }
  }
  const root = call.method === 'PUT' ? parseXml(await readText(call)) : null
  const sets = root === null ? [] : childrenOf(root, 'TagSet')
  const pairs = sets
    .flatMap((set) => childrenOf(set, 'Tag'))
    .map((tag) => [textOf(tag, 'Key') ?? '', textOf(tag, 'Value') ?? ''])
  const object = openObject(world, call, 's3:PutObjectTagging')
  world.objects.put({ ...object, tags: Object.fromEntries(pairs) })
  return bareAnswer(root === null ? 204 : 200)
}
