import type { IncomingHttpHeaders } from 'node:http'
import type { Dispatcher } from 'undici'

/** One HTTP request, ready to leave. */
export interface Request {
  readonly method: Dispatcher.HttpMethod
  /** Path and query, encoded. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Uint8Array | null
  /** The whole exchange, waiting for a connection included. */
  readonly timeoutMs: number
  /** A longer answer is given up. */
  readonly bodyBytesMax: number
  /** Gives up a read at once; a write only while nothing of it was sent. */
  readonly stopping: AbortSignal
  /** False in mode observe: then only GET and HEAD leave. */
  readonly mayWrite: boolean
  /** For a write: asked on the open connection, directly before the first byte. null for a read. */
  readonly permit: (() => boolean) | null
}

/** An answer whose status came. The body of a refusal may be cut short; that of a success is whole. */
export interface Answered {
  readonly came: true
  readonly status: number
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

/** No usable answer, and whether a byte of the request may have left. */
export interface Unanswered {
  readonly came: false
  readonly why: 'timeout' | 'stopped' | 'broken' | 'too-long' | 'observing'
  readonly sent: boolean
  readonly error: Error | null
}

/** The methods that change nothing. Judged by what would leave, never by what a caller says of it. */
const READS: readonly Dispatcher.HttpMethod[] = ['GET', 'HEAD']

/** How an exchange ended. It never rejects. */
export type Exchanged = Answered | Unanswered

/** Sends one request through the pool. Never repeats, never follows a redirect. */
export function exchange(pool: Dispatcher, request: Request): Promise<Exchanged> {
  const { promise, resolve } = Promise.withResolvers<Exchanged>()
  const conversation = new Conversation(request, resolve)
  if (conversation.mayBegin()) {
    const { path, method, headers, body } = request
    // The limit of the exchange is ours; the pool's own timers would end it with another meaning.
    pool.dispatch(
      { path, method, headers, body, headersTimeout: 0, bodyTimeout: 0, idempotent: false },
      conversation,
    )
  }
  return promise
}

/** One request on its way; settles once, whichever of answer, error, timer and stop comes first. */
class Conversation implements Dispatcher.DispatchHandler {
  readonly #request: Request
  readonly #resolve: (how: Exchanged) => void
  readonly #timer: NodeJS.Timeout
  readonly #onStopping = () => this.#giveUp('stopped')
  #controller: Dispatcher.DispatchController | null = null
  #settled = false
  #status = 0
  #headers: Readonly<Record<string, string>> = {}
  #chunks: Buffer[] = []
  #bodyBytes = 0

  constructor(request: Request, resolve: (how: Exchanged) => void) {
    this.#request = request
    this.#resolve = resolve
    this.#timer = setTimeout(() => this.#giveUp('timeout'), request.timeoutMs)
    if (request.permit === null) request.stopping.addEventListener('abort', this.#onStopping)
  }

  mayBegin(): boolean {
    const { method, mayWrite, stopping } = this.#request
    if (!mayWrite && !READS.includes(method)) this.#giveUp('observing')
    else if (stopping.aborted) this.#giveUp('stopped')
    return !this.#settled
  }

  /** The connection is open and the next thing on it is this request: the last moment to keep it back. */
  onRequestStart(controller: Dispatcher.DispatchController): void {
    const { permit, stopping } = this.#request
    if (!this.#settled && permit !== null && (stopping.aborted || !permit())) this.#giveUp('stopped')
    if (this.#settled) controller.abort(new Error('given up before it was sent'))
    else this.#controller = controller
  }

  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    this.#status = status
    this.#headers = flat(headers)
  }

  onResponseData(_: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#bodyBytes += chunk.length
    if (this.#bodyBytes > this.#request.bodyBytesMax) this.#giveUp('too-long')
    else this.#chunks.push(chunk)
  }

  onResponseEnd(): void {
    this.#settle(this.#answered())
  }

  onResponseError(_: Dispatcher.DispatchController | null, error: Error): void {
    this.#end('broken', error)
  }

  #giveUp(why: Unanswered['why']): void {
    const controller = this.#controller
    this.#end(why, null)
    controller?.abort(new Error(`given up: ${why}`))
  }

  /** A refusal is known by its status: losing the rest of its body changes nothing about it. */
  #end(why: Unanswered['why'], error: Error | null): void {
    const sent = this.#controller !== null
    this.#settle(this.#status >= 300 ? this.#answered() : { came: false, why, sent, error })
  }

  #answered(): Answered {
    return { came: true, status: this.#status, headers: this.#headers, body: Buffer.concat(this.#chunks) }
  }

  #settle(how: Exchanged): void {
    if (this.#settled) return
    this.#settled = true
    clearTimeout(this.#timer)
    this.#request.stopping.removeEventListener('abort', this.#onStopping)
    this.#resolve(how)
  }
}

function flat(headers: IncomingHttpHeaders): Readonly<Record<string, string>> {
  const entries = Object.entries(headers).map(([name, value]): [string, string] => [
    name.toLowerCase(),
    Array.isArray(value) ? value.join(', ') : (value ?? ''),
  ])
  return Object.fromEntries(entries)
}
