import { bad, type CloudFailure, type Result } from '@snapferry/migration'
import { type Answered, type Exchanged, exchange, type Request } from './exchange.ts'
import { failureOfApi } from './failure-of-api.ts'
import { type Asked, failureOfTransport, kindOfTransport, unreadable } from './failure-of-transport.ts'
import { requestIdOf } from './request-id.ts'
import type { RequestFact, Setting } from './setting.ts'

/** Turns a success into our words, or says what is wrong with it. */
export type Reader<T> = (answered: Answered) => Result<T, string>

/** One of the two JSON APIs. */
export interface Api {
  readonly name: 'instance' | 'block'
  /** A read: stopping gives it up, and whatever happens nothing was changed. */
  get<T>(operation: string, path: string, read: Reader<T>): Promise<Result<T, CloudFailure>>
  /** A write: leaves only when `permit` says so, and is never given up once sent except by its own limit. */
  send<T>(operation: string, write: Write, read: Reader<T>): Promise<Result<T, CloudFailure>>
}

/** A write to be sent. */
export interface Write {
  readonly method: 'POST' | 'PATCH' | 'DELETE'
  readonly path: string
  readonly body: Readonly<Record<string, unknown>> | null
  readonly permit: () => boolean
}

/** Where an API is and who asks. */
export interface ApiAccess {
  readonly name: 'instance' | 'block'
  /** Without a trailing slash; may have a path. */
  readonly apiUrl: string
  /** The secret key of this moment: it may be exchanged while we run. */
  readonly secretKey: () => string
}

/** 100 snapshots of a page are about 100 kB. */
const BODY_BYTES_MAX = 4 * 1024 * 1024

/** Opens one of the JSON APIs. */
export function openApi(access: ApiAccess, setting: Setting): Api {
  const { origin, pathname } = new URL(access.apiUrl)
  const base = pathname.replace(/\/$/, '')
  const request = (path: string): Omit<Request, 'permit' | 'timeoutMs' | 'body' | 'method'> => ({
    path: `${base}${path}`,
    headers: { 'x-auth-token': access.secretKey(), accept: 'application/json', 'user-agent': 'snapferry' },
    bodyBytesMax: BODY_BYTES_MAX,
    stopping: setting.stopping,
    mayWrite: setting.mayWrite,
  })
  const ask = async <T>(
    operation: string,
    whole: Request,
    read: Reader<T>,
  ): Promise<Result<T, CloudFailure>> => {
    const asked: Asked = { call: `${access.name} ${operation}`, write: whole.permit !== null }
    const startMs = performance.now()
    const how = await exchange(setting.poolOf(origin), whole)
    setting.onRequest(factOf({ api: access.name, operation }, how, startMs))
    if (!how.came) return bad(failureOfTransport(asked, how))
    return how.status >= 300
      ? bad(failureOfApi(asked, how, setting.scrub))
      : readOf(asked, how, read, setting)
  }
  return {
    name: access.name,
    get: (operation, path, read) =>
      ask(
        operation,
        { ...request(path), method: 'GET', body: null, timeoutMs: setting.readMs, permit: null },
        read,
      ),
    send(operation, { method, path, body, permit }, read) {
      const plain = request(path)
      const headers = body === null ? plain.headers : { ...plain.headers, 'content-type': 'application/json' }
      const text = body === null ? null : JSON.stringify(body)
      const whole = { ...plain, headers, method, body: text, timeoutMs: setting.writeMs, permit }
      return ask(operation, whole, read)
    },
  }
}

function readOf<T>(asked: Asked, how: Answered, read: Reader<T>, setting: Setting): Result<T, CloudFailure> {
  const value = read(how)
  if (value.ok) return value
  const words = setting.scrub(`${value.failure}: ${how.body.toString('utf8', 0, 1000)}`)
  return bad(unreadable(asked, how.status, words, requestIdOf(how.headers['x-request-id'], setting.scrub)))
}

/** The fact of a request that ended as `how`, begun at `startMs` of the monotonic clock. */
export function factOf(
  asked: Pick<RequestFact, 'api' | 'operation'>,
  how: Exchanged,
  startMs: number,
): RequestFact {
  const code = how.came ? String(how.status) : kindOfTransport(how)
  return { ...asked, code, ms: performance.now() - startMs }
}
