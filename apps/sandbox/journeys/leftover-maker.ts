import {
  CreateMultipartUploadCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import { PROJECT, type Town } from './town.ts'

/** Makes things at the provider with the town's own key, by its real API: as a call that arrived late would have. */
export class LeftoverMaker {
  readonly #town: Town
  readonly #s3: S3Client

  constructor(town: Town) {
    this.#town = town
    const { accessKey, secretKey } = town.access
    this.#s3 = new S3Client({
      region: 'fr-par',
      endpoint: town.access.s3Url('fr-par' as Parameters<typeof town.access.s3Url>[0]),
      forcePathStyle: true,
      credentials: { accessKeyId: accessKey, secretAccessKey: secretKey },
    })
  }

  /** A snapshot of a volume with these tags; its id. */
  async taken(
    api: 'instance' | 'block',
    o: { zone: string; volume: string; tags: string[] },
  ): Promise<string> {
    const project = api === 'block' ? { project_id: PROJECT } : { project: PROJECT }
    const body = { name: 'late', volume_id: o.volume, tags: o.tags, ...project }
    return await this.#post(`/${api}/v1/zones/${o.zone}/snapshots`, body)
  }

  /** A snapshot imported from an image with these tags; its id. */
  async imported(
    api: 'instance' | 'block',
    o: { zone: string; key: string; tags: string[] },
  ): Promise<string> {
    const { zone, ...rest } = o
    const body = { name: 'late', bucket: 'staging', ...rest }
    return api === 'block'
      ? await this.#post(`/block/v1/zones/${zone}/snapshots/import-from-object-storage`, {
          ...body,
          project_id: PROJECT,
        })
      : await this.#post(`/instance/v1/zones/${zone}/snapshots`, {
          ...body,
          project: PROJECT,
          volume_type: 'l_ssd',
        })
  }

  /** An object with so many bytes. */
  async object(key: string, bytes = 1_000): Promise<void> {
    await this.#s3.send(new PutObjectCommand({ Bucket: 'staging', Key: key, Body: Buffer.alloc(bytes) }))
  }

  /** An upload of which one part has come. */
  async upload(key: string, bytes = 2_000): Promise<void> {
    const at = { Bucket: 'staging', Key: key }
    const { UploadId } = await this.#s3.send(new CreateMultipartUploadCommand(at))
    await this.#s3.send(new UploadPartCommand({ ...at, UploadId, PartNumber: 1, Body: Buffer.alloc(bytes) }))
  }

  close(): void {
    this.#s3.destroy()
  }

  async #post(path: string, body: object): Promise<string> {
    const { apiUrl, secretKey } = this.#town.access
    const answer = await fetch(`${apiUrl}${path}`, {
      method: 'POST',
      headers: { 'x-auth-token': secretKey, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    const made = (await answer.json()) as { id?: string; snapshot?: { id: string } }
    const id = made.snapshot?.id ?? made.id
    if (id === undefined) throw new Error(`${path} answered ${answer.status}: ${JSON.stringify(made)}`)
    return id
  }
}
