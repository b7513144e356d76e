import { createHash, randomBytes } from 'node:crypto'
import {
  AbortMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetBucketAclCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketLocationCommand,
  GetBucketPolicyCommand,
  GetBucketVersioningCommand,
  GetObjectCommand,
  GetObjectLockConfigurationCommand,
  GetObjectTaggingCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  ListPartsCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import { Upload } from '@aws-sdk/lib-storage'
import { describe, expect, test } from 'vitest'
import { SANDBOX_CREDENTIALS } from '../src/index.ts'
import { openStage } from './support/stage.ts'

const MIB = 1_048_576
const Bucket = 'staging'

async function openBucketStage() {
  const stage = await openStage()
  stage.admin.seedBucket({ name: Bucket, region: 'fr-par' })
  return { ...stage, client: stage.s3() }
}

async function bytesOf(client: S3Client, Key: string, Range?: string) {
  const { Body, ContentRange } = await client.send(
    new GetObjectCommand({ Bucket, Key, ...(Range === undefined ? {} : { Range }) }),
  )
  return { bytes: Buffer.from(await Body!.transformToByteArray()), ContentRange }
}

describe('the AWS client', () => {
  test('puts an object, checks its CRC32 and reads the same bytes back', async () => {
    const { client } = await openBucketStage()
    const body = randomBytes(100_000)
    const Key = 'dir/a b+ü&<>.bin'
    const put = await client.send(
      new PutObjectCommand({ Bucket, Key, Body: body, Metadata: { who: 'me' }, ContentType: 'text/x' }),
    )
    expect(put.ETag).toBe(`"${createHash('md5').update(body).digest('hex')}"`)
    const got = await client.send(new GetObjectCommand({ Bucket, Key }))
    expect(got).toMatchObject({
      ContentType: 'text/x',
      Metadata: { who: 'me' },
      ChecksumCRC32: put.ChecksumCRC32,
    })
    expect(Buffer.from(await got.Body!.transformToByteArray()).equals(body)).toBe(true)
    expect((await client.send(new ListObjectsV2Command({ Bucket }))).Contents?.map((one) => one.Key)).toEqual(
      [Key],
    )
  })

  test('uploads in parts, streamed, and any range of the result is right', async () => {
    const { client, admin } = await openBucketStage()
    const body = randomBytes(12 * MIB + 17)
    await new Upload({ client, params: { Bucket, Key: 'big', Body: body }, partSize: 5 * MIB }).done()
    const head = await client.send(new HeadObjectCommand({ Bucket, Key: 'big' }))
    expect(head.ContentLength).toBe(body.length)
    expect(head.ETag).toMatch(/^"[0-9a-f]{32}-3"$/)
    for (const [from, to] of [
      [0, 0],
      [5 * MIB - 3, 5 * MIB + 3],
      [4 * MIB, 11 * MIB],
      [body.length - 1, body.length - 1],
    ] as const) {
      const { bytes, ContentRange } = await bytesOf(client, 'big', `bytes=${from}-${to}`)
      expect(ContentRange).toBe(`bytes ${from}-${to}/${body.length}`)
      expect(bytes.equals(body.subarray(from, to + 1))).toBe(true)
    }
    expect((await bytesOf(client, 'big', 'bytes=-5')).bytes.equals(body.subarray(-5))).toBe(true)
    expect((await bytesOf(client, 'big')).bytes.equals(body)).toBe(true)
    const sha = createHash('sha256').update(body).digest('hex')
    expect((await admin.census({ digests: true })).find((one) => one.kind === 'object')?.digest).toBe(sha)
  })

  test('shows unfinished uploads and their parts until they are aborted', async () => {
    const { client, admin } = await openBucketStage()
    const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key: 'half' }))
    const part = { Bucket, Key: 'half', UploadId }
    await client.send(new UploadPartCommand({ ...part, PartNumber: 2, Body: randomBytes(100) }))
    expect(
      (await client.send(new ListPartsCommand(part))).Parts?.map((one) => [one.PartNumber, one.Size]),
    ).toEqual([[2, 100]])
    expect(
      (await client.send(new ListMultipartUploadsCommand({ Bucket }))).Uploads?.map((one) => one.Key),
    ).toEqual(['half'])
    expect((await admin.census()).filter((one) => one.kind === 'upload')).toMatchObject([
      { name: 'half', bytes: 100 },
    ])
    await expect(
      client.send(new UploadPartCommand({ ...part, PartNumber: 1001, Body: 'x' })),
    ).rejects.toMatchObject({ name: 'InvalidArgument' })
    await client.send(new AbortMultipartUploadCommand(part))
    await expect(client.send(new ListPartsCommand(part))).rejects.toMatchObject({ name: 'NoSuchUpload' })
    expect((await admin.census()).filter((one) => one.kind === 'upload')).toEqual([])
  })

  test('walks a listing page by page, by prefix and by folder', async () => {
    const { client } = await openBucketStage()
    const keys = ['a', 'b/1', 'b/2', 'b/c/3', 'd/4', 'ä', '€', '\u{1F600}']
    for (const Key of keys) await client.send(new PutObjectCommand({ Bucket, Key, Body: Key }))
    const walked: string[] = []
    let ContinuationToken: string | undefined
    do {
      const page = await client.send(
        new ListObjectsV2Command({ Bucket, MaxKeys: 3, ...(ContinuationToken ? { ContinuationToken } : {}) }),
      )
      walked.push(...(page.Contents ?? []).map((one) => one.Key!))
      ContinuationToken = page.NextContinuationToken
    } while (ContinuationToken !== undefined)
    expect(walked).toEqual(keys)
    const folders = await client.send(new ListObjectsV2Command({ Bucket, Delimiter: '/' }))
    expect(folders.CommonPrefixes?.map((one) => one.Prefix)).toEqual(['b/', 'd/'])
    const inside = await client.send(new ListObjectsV2Command({ Bucket, Prefix: 'b/', Delimiter: '/' }))
    expect([inside.Contents?.map((one) => one.Key), inside.CommonPrefixes?.map((one) => one.Prefix)]).toEqual(
      [['b/1', 'b/2'], ['b/c/']],
    )
  })

  test('deletes one object, many, and what is not there', async () => {
    const { client } = await openBucketStage()
    for (const Key of ['1', '2', '3']) await client.send(new PutObjectCommand({ Bucket, Key, Body: Key }))
    await client.send(new DeleteObjectCommand({ Bucket, Key: '1' }))
    await client.send(new DeleteObjectCommand({ Bucket, Key: 'never' }))
    await expect(client.send(new DeleteBucketCommand({ Bucket }))).rejects.toMatchObject({
      name: 'BucketNotEmpty',
    })
    const many = await client.send(
      new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key: '2' }, { Key: '3' }] } }),
    )
    expect(many.Deleted?.map((one) => one.Key)).toEqual(['2', '3'])
    await client.send(new DeleteBucketCommand({ Bucket }))
    await expect(client.send(new HeadBucketCommand({ Bucket }))).rejects.toMatchObject({ name: 'NotFound' })
  })

  test('makes buckets that one region alone knows', async () => {
    const { s3 } = await openStage()
    await s3('nl-ams').send(new CreateBucketCommand({ Bucket: 'own' }))
    expect((await s3('nl-ams').send(new HeadBucketCommand({ Bucket: 'own' }))).BucketRegion).toBe('nl-ams')
    expect(
      (await s3('nl-ams').send(new GetBucketLocationCommand({ Bucket: 'own' }))).LocationConstraint,
    ).toBe('nl-ams')
    await expect(s3('fr-par').send(new ListObjectsV2Command({ Bucket: 'own' }))).rejects.toMatchObject({
      name: 'NoSuchBucket',
    })
    await expect(s3('fr-par').send(new CreateBucketCommand({ Bucket: 'own' }))).rejects.toMatchObject({
      name: 'BucketAlreadyOwnedByYou',
    })
    await expect(s3().send(new CreateBucketCommand({ Bucket: 'Not_Valid' }))).rejects.toMatchObject({
      name: 'InvalidBucketName',
    })
    expect((await s3('nl-ams').send(new ListBucketsCommand({}))).Buckets?.map((one) => one.Name)).toEqual([
      'own',
    ])
  })

  test('copies inside a region and not across', async () => {
    const { client, s3, admin } = await openBucketStage()
    admin.seedBucket({ name: 'there', region: 'nl-ams' })
    await client.send(new PutObjectCommand({ Bucket, Key: 'from', Body: 'bytes' }))
    await client.send(new CopyObjectCommand({ Bucket, Key: 'to', CopySource: `${Bucket}/from` }))
    expect((await bytesOf(client, 'to')).bytes.toString()).toBe('bytes')
    const across = s3('nl-ams').send(
      new CopyObjectCommand({ Bucket: 'there', Key: 'to', CopySource: `${Bucket}/from` }),
    )
    await expect(across).rejects.toMatchObject({ name: 'NoSuchBucket' })
  })

  test('reads the settings of a bucket, and the documented codes where there are none', async () => {
    const { client } = await openBucketStage()
    const owner = `${SANDBOX_CREDENTIALS.projectId}:${SANDBOX_CREDENTIALS.projectId}`
    expect((await client.send(new GetBucketAclCommand({ Bucket }))).Owner?.ID).toBe(owner)
    expect((await client.send(new GetBucketVersioningCommand({ Bucket }))).Status).toBeUndefined()
    await client.send(
      new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }),
    )
    expect((await client.send(new GetBucketVersioningCommand({ Bucket }))).Status).toBe('Enabled')
    const codes = [
      [new GetBucketLifecycleConfigurationCommand({ Bucket }), 'NoSuchLifecycleConfiguration'],
      [new GetBucketPolicyCommand({ Bucket }), 'NoSuchBucketPolicy'],
      [new GetObjectLockConfigurationCommand({ Bucket }), 'ObjectLockConfigurationNotFoundError'],
    ] as const
    for (const [command, name] of codes)
      await expect(client.send(command as GetBucketPolicyCommand)).rejects.toMatchObject({ name })
    const rule = { ID: 'r', Status: 'Enabled', Filter: { Prefix: 'p/' }, Expiration: { Days: 3 } } as const
    await client.send(
      new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration: { Rules: [rule] } }),
    )
    expect((await client.send(new GetBucketLifecycleConfigurationCommand({ Bucket }))).Rules).toMatchObject([
      rule,
    ])
    await client.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'x' }))
    expect((await client.send(new GetObjectTaggingCommand({ Bucket, Key: 'k' }))).TagSet).toEqual([])
    await client.send(
      new PutObjectTaggingCommand({ Bucket, Key: 'k', Tagging: { TagSet: [{ Key: 'a', Value: 'b&' }] } }),
    )
    expect((await client.send(new GetObjectTaggingCommand({ Bucket, Key: 'k' }))).TagSet).toEqual([
      { Key: 'a', Value: 'b&' },
    ])
  })

  test('cannot read an archived object, nor any range of an empty one', async () => {
    const { client, admin } = await openBucketStage()
    await admin.seedObject({ bucket: Bucket, key: 'cold', text: 'x', storageClass: 'GLACIER' })
    await admin.seedObject({ bucket: Bucket, key: 'empty', text: '' })
    expect((await client.send(new HeadObjectCommand({ Bucket, Key: 'cold' }))).StorageClass).toBe('GLACIER')
    await expect(bytesOf(client, 'cold')).rejects.toMatchObject({
      name: 'InvalidObjectState',
      $metadata: { httpStatusCode: 403 },
    })
    await expect(bytesOf(client, 'empty', 'bytes=0-111')).rejects.toMatchObject({
      name: 'InvalidRange',
      $metadata: { httpStatusCode: 416 },
    })
    await expect(bytesOf(client, 'none')).rejects.toMatchObject({ name: 'NoSuchKey' })
    await expect(client.send(new HeadObjectCommand({ Bucket, Key: 'none' }))).rejects.toMatchObject({
      name: 'NotFound',
    })
  })
})
