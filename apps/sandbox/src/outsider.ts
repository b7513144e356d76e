import { ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3'
import { Blockv1, createClient, Instancev1 } from '@scaleway/sdk'
import { SANDBOX_CREDENTIALS } from '@snapferry/emulator'
import type { House } from './house.ts'

/** The key of the sandbox. It opens nothing but the emulator. */
export interface Key {
  readonly accessKey: string
  readonly secretKey: string
  readonly projectId: string
}

/** The key that the emulator was started with. */
export function keyOfSandbox(): Key {
  const { accessKey, secretKey, projectId } = SANDBOX_CREDENTIALS
  return { accessKey, secretKey, projectId }
}

/** Somebody who knows nothing of Snapferry: the provider's official SDK and an ordinary S3 client. */
export interface Outsider {
  readonly instance: Instancev1.API
  readonly block: Blockv1.API
  readonly s3: S3Client
  readonly key: Key
}

/** Opens the official clients against the emulated provider. */
export function openOutsider(provider: House['provider'], key: Key, region: string): Outsider {
  const client = createClient({
    apiURL: provider.apiUrl,
    accessKey: key.accessKey,
    secretKey: key.secretKey,
    defaultProjectId: key.projectId,
    defaultRegion: region,
    defaultZone: `${region}-1`,
  })
  const endpoint = provider.s3Urls[region]
  if (endpoint === undefined) throw new Error(`the emulator has no Object Storage for ${region}`)
  const credentials = { accessKeyId: key.accessKey, secretAccessKey: key.secretKey }
  const s3 = new S3Client({ endpoint, region, forcePathStyle: true, credentials })
  return { instance: new Instancev1.API(client), block: new Blockv1.API(client), s3, key }
}

/** A snapshot as both official APIs show it. */
export interface SnapshotRow {
  readonly id: string
  readonly name: string
  readonly size: number
  readonly tags: readonly string[]
  readonly state: string
  readonly project: string
}

/** Every snapshot of a zone, both APIs, all pages. */
export async function snapshotsIn(
  { instance, block }: Outsider,
  zone: string,
): Promise<readonly SnapshotRow[]> {
  const local = await instance.listSnapshots({ zone: zone as never }).all()
  const sbs = await block.listSnapshots({ zone: zone as never, includeDeleted: false }).all()
  return [
    ...local.map(({ id, name, size, tags, state, project }) => ({ id, name, size, tags, state, project })),
    ...sbs.map(({ id, name, size, tags, status, projectId }) => ({
      id,
      name,
      size,
      tags,
      state: status,
      project: projectId,
    })),
  ]
}

/** Every key of a bucket. */
export async function keysIn({ s3 }: Outsider, bucket: string): Promise<readonly string[]> {
  const keys: string[] = []
  let token: string | undefined
  do {
    const page = await s3.send(new ListObjectsV2Command({ Bucket: bucket, ContinuationToken: token }))
    keys.push(...(page.Contents ?? []).flatMap(({ Key }) => (Key === undefined ? [] : [Key])))
    token = page.NextContinuationToken
  } while (token !== undefined)
  return keys
}
