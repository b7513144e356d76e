import type { Answer } from '../http/answer.ts'
import type { Call } from '../http/call.ts'
import { removeObject } from '../objects.ts'
import type { World } from '../world.ts'
import { openBucket } from './open-bucket.ts'
import { readXml } from './read-xml.ts'
import { S3Refusal } from './s3-refusal.ts'
import { childrenOf, element, textOf } from './xml.ts'
import { xmlAnswer } from './xml-answer.ts'

/** POST ?delete: up to 1,000 keys, each answered for itself. */
export async function deleteObjects(world: World, call: Call): Promise<Answer> {
  const root = await readXml(call)
  const keys = childrenOf(root, 'Object').map((object) => textOf(object, 'Key') ?? '')
  if (keys.length === 0 || keys.length > 1000) throw new S3Refusal('MalformedXML')
  const isQuiet = textOf(root, 'Quiet') === 'true'
  const results = keys.map((key) => {
    try {
      const bucket = openBucket(world, { ...call, key }, 's3:DeleteObject')
      removeObject(world, { bucket: bucket.id, key })
      return isQuiet ? '' : `<Deleted>${element('Key', key)}</Deleted>`
    } catch (cause) {
      if (!(cause instanceof S3Refusal) || cause.code !== 'AccessDenied') throw cause
      return `<Error>${element('Key', key)}${element('Code', cause.code)}${element('Message', cause.message)}</Error>`
    }
  })
  return xmlAnswer('DeleteResult', results.join(''))
}
