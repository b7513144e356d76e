import { Readable } from 'node:stream'
import type { $Command, S3ClientConfig } from '@aws-sdk/client-s3'
import {
  S3Client,
  type S3ClientResolvedConfig,
  type ServiceInputTypes,
  type ServiceOutputTypes,
} from '@aws-sdk/client-s3'
import { bad, type CloudFailure, good, type Result } from '@snapferry/migration'
import type { Credentials } from './access.ts'
import { factOf } from './api.ts'
import { type Answered, exchange, type Request } from './exchange.ts'
import { failureOfS3 } from './failure-of-s3.ts'
import { type Asked, failureOfTransport, unreadable, unsent } from './failure-of-transport.ts'
import { requestIdOf } from './request-id.ts'
import type { Setting } from './setting.ts'
import type { Scrub } from './words.ts'

/** One call to Object Storage. */
export interface S3Ask {
  /** As people know it: `HeadObject`. */
  readonly operation: string
  /** null for a read; for a write, asked directly before it leaves. */
  readonly permit: (() => boolean) | null
  readonly bodyBytesMax: number
}

/** Object Storage of one region: the SDK writes, signs and reads; the bytes travel by our own exchange. */
export interface S3 {
  send<I extends ServiceInputTypes, O extends ServiceOutputTypes>(
    ask: S3Ask,
    command: $Command<I, O, S3ClientResolvedConfig, ServiceInputTypes, ServiceOutputTypes>,
  ): Promise<Result<{ readonly output: O; readonly answered: Answered }, CloudFailure>>
  close(): void
}

/** Where Object Storage of a region is and who asks. */
export interface S3Access {
  readonly region: string
  readonly endpoint: string
  /** The key of this moment: it may be exchanged while we run. */
  readonly credentials: () => Credentials
}

/** Opens Object Storage of one region. */
export function openS3(access: S3Access, setting: Setting): S3 {
  const { origin } = new URL(access.endpoint)
  const clients = clientsOf(access)
  return {
    async send(ask, command) {
      const asked: Asked = { call: `s3 ${ask.operation}`, write: ask.permit !== null }
      const travel: { answered: Answered | null; failure: CloudFailure | null } = {
        answered: null,
        failure: null,
      }
      command.middlewareStack.add(
        () =>
          async ({ request }) => {
            const startMs = performance.now()
            const how = await exchange(setting.poolOf(origin), requestOf(request, ask, setting))
            travel.answered = how.came ? how : null
            travel.failure = how.came ? refusalOf(asked, how, setting) : failureOfTransport(asked, how)
            setting.onRequest(factOf({ api: 's3', operation: ask.operation }, how, startMs))
            if (!how.came || travel.failure !== null) throw new Error('the call failed')
            const { status: statusCode, headers, body } = how
            const response = { statusCode, headers, body: Readable.from(body.length === 0 ? [] : [body]) }
            return { response }
          },
        // Innermost: after everything the SDK does to a request, in place of its own transport.
        { step: 'deserialize', priority: 'low', name: 'ownTransport' },
      )
      try {
        const output = await clients.now().send(command)
        return travel.answered === null
          ? bad(unsent(asked.call, 'refused', 'the SDK answered without a request'))
          : good({ output, answered: travel.answered })
      } catch (error) {
        return bad(failureOfSdk(asked, travel, error, setting.scrub))
      }
    },
    close: clients.close,
  }
}

/**
 * The SDK keeps the key it was made with, so another key makes another client; connections are ours and stay open. A
 * call under way ends with the client it began with.
 */
function clientsOf(access: S3Access): { now: () => S3Client; close: () => void } {
  let made: { readonly of: Credentials; readonly client: S3Client } | null = null
  return {
    now() {
      const of = access.credentials()
      if (made?.of !== of) made = { of, client: new S3Client(configOf(access, of)) }
      return made.client
    },
    close: () => made?.client.destroy(),
  }
}

/** A call that changes nothing. `bodyBytesMax` is 256 kB unless the answer holds a listing or an object. */
export function reading(operation: string, bodyBytesMax: number = SMALL_BYTES_MAX): S3Ask {
  return { operation, permit: null, bodyBytesMax }
}

/** Room for every answer without an object or a listing in it. */
export const SMALL_BYTES_MAX = 256 * 1024

/** Nothing is left to the SDK's own search through environment and home directory. */
function configOf({ region, endpoint }: S3Access, { accessKey, secretKey }: Credentials): S3ClientConfig {
  return {
    region,
    endpoint,
    forcePathStyle: true,
    credentials: { accessKeyId: accessKey, secretAccessKey: secretKey },
    maxAttempts: 1,
    retryMode: 'standard',
    defaultsMode: 'standard',
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    useArnRegion: false,
    useFipsEndpoint: false,
    useDualstackEndpoint: false,
    disableMultiregionAccessPoints: true,
    disableS3ExpressSessionAuth: true,
    userAgentAppId: 'snapferry',
    // Our own transport sends a body at once; it knows no `Expect`.
    expectContinueHeader: false,
  }
}

interface SdkRequest {
  readonly method: string
  readonly path: string
  readonly query?: Readonly<Record<string, string | string[] | null>>
  readonly headers: Readonly<Record<string, string>>
  readonly body?: unknown
}

function isSdkRequest(value: unknown): value is SdkRequest {
  return (
    typeof value === 'object' && value !== null && 'method' in value && 'path' in value && 'headers' in value
  )
}

/** Every call of ours is without a body, but for what is put into an archive. */
function requestOf(sdk: unknown, ask: S3Ask, setting: Setting): Request {
  if (!isSdkRequest(sdk)) throw new TypeError('the SDK made no HTTP request')
  const query = queryOf(sdk.query ?? {})
  return {
    method: sdk.method,
    path: query === '' ? sdk.path : `${sdk.path}?${query}`,
    headers: sdk.headers,
    body: sdk.body instanceof Uint8Array ? sdk.body : null,
    timeoutMs: ask.permit === null ? setting.readMs : setting.writeMs,
    bodyBytesMax: ask.bodyBytesMax,
    stopping: setting.stopping,
    mayWrite: setting.mayWrite,
    permit: ask.permit,
  }
}

/** The query as the signature counts it: RFC 3986 escapes, `name=` for a name without value. */
function queryOf(query: Readonly<Record<string, string | string[] | null>>): string {
  const escaped = (text: string): string =>
    encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)
  return Object.entries(query)
    .flatMap(([name, value]) => [value ?? ''].flat().map((one) => `${escaped(name)}=${escaped(one)}`))
    .join('&')
}

function refusalOf(asked: Asked, how: Answered, setting: Setting): CloudFailure | null {
  return how.status >= 300 ? failureOfS3(asked, how, setting.scrub) : null
}

/** What was known on the way counts; then a success the SDK could not read; else the SDK refused before sending. */
function failureOfSdk(
  asked: Asked,
  travel: { answered: Answered | null; failure: CloudFailure | null },
  error: unknown,
  scrub: Scrub,
): CloudFailure {
  if (travel.failure !== null) return travel.failure
  const words = scrub(error instanceof Error ? error.message : '')
  if (travel.answered === null) return unsent(asked.call, 'refused', words)
  const { status, headers } = travel.answered
  return unreadable(asked, status, words, requestIdOf(headers['x-amz-request-id'], scrub))
}
