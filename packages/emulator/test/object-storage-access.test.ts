import {
  CreateBucketCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from '@aws-sdk/client-s3'
import { describe, expect, test } from 'vitest'
import { SANDBOX_CREDENTIALS } from '../src/index.ts'
import { openStage } from './support/stage.ts'

describe('who may', () => {
  const { accessKey, secretKey, otherProjectId, foreignProjectId } = SANDBOX_CREDENTIALS

  test.each([
    ['a wrong secret', accessKey, '00000000-0000-4000-8000-000000000000', 'SignatureDoesNotMatch'],
    ['an unknown key', 'SCW00000000000000000', secretKey, 'InvalidAccessKeyId'],
    [
      'a key acting in a project it has no rights on',
      `${accessKey}@${foreignProjectId}`,
      secretKey,
      'AccessDenied',
    ],
  ])('%s is refused', async (_, key, secret, name) => {
    const { s3 } = await openStage()
    await expect(s3('fr-par', key, secret).send(new ListBucketsCommand({}))).rejects.toMatchObject({ name })
  })

  test('a request signed for another region is refused', async () => {
    const { s3 } = await openStage()
    const client = s3('nl-ams')
    client.config.region = async () => 'fr-par'
    await expect(client.send(new ListBucketsCommand({}))).rejects.toMatchObject({
      name: 'AuthorizationHeaderMalformed',
    })
  })

  test('a key acts in another of its projects when it says so', async () => {
    const { s3, admin } = await openStage()
    await s3('fr-par', `${accessKey}@${otherProjectId}`).send(new CreateBucketCommand({ Bucket: 'theirs' }))
    expect(
      (await s3('fr-par', `${accessKey}@${otherProjectId}`).send(new ListBucketsCommand({}))).Buckets,
    ).toHaveLength(1)
    expect((await s3().send(new ListBucketsCommand({}))).Buckets ?? []).toHaveLength(0)
    expect((await admin.census())[0]).toMatchObject({ name: 'theirs', madeBy: { by: 'call', accessKey } })
  })

  test('a bucket of a foreign project, and one whose policy names others, are denied', async () => {
    const { s3, admin } = await openStage()
    admin.seedBucket({ name: 'foreign', region: 'fr-par', project: foreignProjectId })
    const reader = {
      Effect: 'Allow',
      Principal: '*',
      Action: ['s3:GetObject', 's3:ListBucket'],
      Resource: ['closed', 'closed/*'],
    }
    admin.seedBucket({
      name: 'closed',
      region: 'fr-par',
      policy: JSON.stringify({ Version: '2023-04-17', Statement: [reader] }),
    })
    await expect(s3().send(new ListObjectsV2Command({ Bucket: 'foreign' }))).rejects.toMatchObject({
      name: 'AccessDenied',
    })
    expect((await s3().send(new ListObjectsV2Command({ Bucket: 'closed' }))).KeyCount).toBe(0)
    await expect(
      s3().send(new PutObjectCommand({ Bucket: 'closed', Key: 'k', Body: 'x' })),
    ).rejects.toMatchObject({ name: 'AccessDenied' })
  })
})
