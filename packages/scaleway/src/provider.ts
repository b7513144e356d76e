import {
  type ArchiveStore,
  bad,
  good,
  type Looks,
  type Region,
  type SweepLooks,
  type WritesFor,
} from '@snapferry/migration'
import type { Access, Credentials } from './access.ts'
import { openApi } from './api.ts'
import { type ArchivePlace, openArchiveStore } from './archive-objects.ts'
import { openBlockLooks, openBlockWrites } from './block-snapshots.ts'
import { unsent } from './failure-of-transport.ts'
import { type Inspector, openInspector } from './inspector.ts'
import { openInstanceLooks, openInstanceWrites } from './instance-snapshots.ts'
import { localLookup, type Resolve, resolveLocally, systemResolve } from './local-lookup.ts'
import { openImageLooks, openImageWrites, type S3Of } from './object-storage.ts'
import { CONNECTIONS_PER_HOST, openPools } from './pools.ts'
import { openS3, type S3 } from './s3-call.ts'
import { scrubLooks } from './scrub-looks.ts'
import { openSecretBook } from './secret-book.ts'
import type { RequestFact, Setting } from './setting.ts'
import { openSweepLooks } from './sweep-looks.ts'

/** What an opened provider is told about its surroundings. */
export interface ProviderOptions {
  /** When it fires, reads are given up and no further write leaves; a sent write is waited for. */
  readonly stopping: AbortSignal
  /** Told once for every request. */
  readonly onRequest?: (fact: RequestFact) => void
  /** Limit of a read in milliseconds, default 5,000. */
  readonly readMs?: number
  /** Limit of a write in milliseconds, default 30,000: an export is answered after up to 6.5 s. */
  readonly writeMs?: number
  /** Connections to each host, default 128: at least as many as writes may be under way at once. */
  readonly connections?: number
  /** How host names are resolved in mode sandbox; default the system's way. */
  readonly resolve?: Resolve
  /** Refuses every write in the client, whatever the mode. */
  readonly readOnly?: boolean
  /**
   * How long one look at a bucket serves all who ask, in milliseconds, default 0: what a bucket is does not change by the
   * minute, and a fleet asks for the same one again and again. Failures are not remembered.
   */
  readonly bucketKnownMs?: number
}

/** The provider, opened. It has no method that deletes or changes anything but what carries our mark. */
export interface Provider {
  readonly looks: Omit<Looks, 'judge'>
  readonly writesFor: WritesFor
  /** Lists for a sweep. */
  readonly sweep: SweepLooks
  /** For whoever checks the installation. */
  readonly inspector: Inspector
  /** The archive of an installation in a bucket. Writes there go by no send guard: what is there is never written again. */
  archiveAt(place: ArchivePlace): ArchiveStore
  /** The project of the key. */
  readonly projectId: string
  /** From the next call on this key is shown; connections stay open, and what is under way ends with the old one. */
  use(credentials: Credentials): void
  /** Waits for what is under way, then closes all connections. */
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

const READ_MS = 5_000
const WRITE_MS = 30_000

/**
 * Opens the provider. In mode sandbox every host is resolved first and again at each connection; rejects with a
 * NotLocalError when one is neither loopback nor private, and with the resolver's error when it has no address.
 */
export async function openProvider(access: Access, options: ProviderOptions): Promise<Provider> {
  const resolve = options.resolve ?? systemResolve
  if (access.mode === 'sandbox') await checkHosts(access, resolve)
  const lookup = access.mode === 'sandbox' ? localLookup(resolve) : null
  const pools = openPools(lookup, options.connections ?? CONNECTIONS_PER_HOST)
  const book = openSecretBook(access)
  let key: Credentials = { accessKey: access.accessKey, secretKey: access.secretKey }
  const setting: Setting = {
    poolOf: pools.of,
    stopping: options.stopping,
    scrub: book.scrub,
    readMs: options.readMs ?? READ_MS,
    writeMs: options.writeMs ?? WRITE_MS,
    onRequest: options.onRequest ?? (() => {}),
    mayWrite: access.mode !== 'observe' && options.readOnly !== true,
  }
  const { apiUrl } = access
  const secretKey = (): string => key.secretKey
  const instance = openApi({ name: 'instance', apiUrl, secretKey }, setting)
  const block = openApi({ name: 'block', apiUrl, secretKey }, setting)
  const storage = openStorage(access, () => key, setting)
  const looks = {
    instance: scrubLooks(openInstanceLooks(instance), setting.scrub),
    block: scrubLooks(openBlockLooks(block), setting.scrub),
    images: openImageLooks(storage.of, options.bucketKnownMs ?? 0),
  }
  const close = async (): Promise<void> => {
    await pools.close()
    storage.close()
  }
  return {
    looks,
    writesFor: (permit) => ({
      instance: openInstanceWrites(instance, looks.instance, permit),
      block: openBlockWrites(block, looks.block, permit),
      images: openImageWrites(storage.of, permit),
    }),
    sweep: openSweepLooks({ instance, block }, storage.of),
    inspector: openInspector({
      apis: { instance, block },
      s3Of: storage.of,
      projectId: access.projectId,
      head: looks.images.head,
    }),
    archiveAt: (place) => openArchiveStore(storage.of, looks.images, place),
    projectId: access.projectId,
    use({ accessKey, secretKey }) {
      // Before its first use: whatever answers to it may repeat it.
      book.learn({ accessKey, secretKey })
      key = { accessKey, secretKey }
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}

async function checkHosts(access: Access, resolve: Resolve): Promise<void> {
  const urls = [access.apiUrl, ...(access.s3Regions ?? []).map((region) => access.s3Url(region))]
  for (const host of new Set(urls.map((url) => new URL(url).hostname))) await resolveLocally(host, resolve)
}

/** One client per region, made at its first use. */
function openStorage(
  access: Access,
  credentials: () => Credentials,
  setting: Setting,
): { of: S3Of; close: () => void } {
  const clients = new Map<Region, S3>()
  const make = (region: Region): S3 => {
    const client = openS3({ region, endpoint: access.s3Url(region), credentials }, setting)
    clients.set(region, client)
    return client
  }
  return {
    of(region) {
      const isKnown = access.s3Regions === null || access.s3Regions.includes(region)
      if (!isKnown) return bad(unsent('s3', 'missing', `no endpoint of Object Storage is set for ${region}`))
      return good(clients.get(region) ?? make(region))
    },
    close() {
      for (const client of clients.values()) client.close()
    },
  }
}
