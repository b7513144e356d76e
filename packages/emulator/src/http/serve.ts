import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { FAULT_GROUP, type Fault, isOutcome, isRefusal, type RefusalFault } from '../faults/fault.ts'
import type { Matchable } from '../faults/fault-rule.ts'
import { reshapeAnswer } from '../faults/reshape-answer.ts'
import type { World } from '../world.ts'
import { type Answer, Refusal } from './answer.ts'
import type { Call } from './call.ts'
import { readBody } from './read-body.ts'

/** One of the provider's services, as `serve` plays it. */
export interface Service {
  /** Bodies up to this are read before the call is played; null when the service streams them itself. */
  bodyBytesMax: number | null
  newRequestId(): string
  /** What the call asks for. */
  identify(asked: Asked): Matchable
  act(call: Call): Promise<Answer>
  /** How this service words a refusal that a fault asks for. */
  refuse(fault: RefusalFault, call: Call): Answer
  /** The headers each answer bears. */
  stamp(answer: Answer, call: Call): Record<string, string>
}

/** A request's line, headers and, for services that read it first, body. */
export interface Asked {
  method: string
  path: string
  query: URLSearchParams
  request: IncomingMessage
  /** Null when it is streamed or too large. */
  body: Buffer | null
}

type Ending = { answer: Answer } | 'lost' | 'reset'

/** Plays a service to one request after another: each call is numbered, may be spoiled by a fault, and is logged when it ends. */
export function serve(
  world: World,
  service: Service,
): (request: IncomingMessage, response: ServerResponse) => void {
  return (request, response) => void playCall(world, service, request, response)
}

async function playCall(world: World, service: Service, request: IncomingMessage, response: ServerResponse) {
  const call = await openCall(world, service, request).catch(() => null)
  // The client went away in the middle of its own request.
  if (call === null) return void request.destroy()
  const fault = world.faults.pick(call)
  const at = world.clock.nowMs()
  const ending = await endingOf(world, service, call, fault)
  const note = (status: number | 'lost' | 'reset') => noteCall(world, call, at, status, fault)
  // Noted before the first byte leaves: whoever has the answer finds the call in the log.
  if (typeof ending === 'string') {
    note(ending)
    if (ending === 'reset') request.socket.resetAndDestroy()
    return
  }
  note(ending.answer.status)
  await send(response, ending.answer, service.stamp(ending.answer, call), request)
}

async function openCall(world: World, service: Service, request: IncomingMessage): Promise<Call> {
  const method = request.method ?? 'GET'
  const [path = '/', search = ''] = (request.url ?? '/').split(/\?(.*)/s)
  const n = world.log.open()
  const body = service.bodyBytesMax === null ? null : await readBody(request, service.bodyBytesMax)
  const asked = { method, path, query: new URLSearchParams(search), request, body }
  return {
    ...service.identify(asked),
    ...asked,
    n,
    userAgent: request.headers['user-agent'] ?? '',
    requestId: service.newRequestId(),
    principal: null,
    outcome: null,
    madeIds: [],
  }
}

async function endingOf(world: World, service: Service, call: Call, fault: Fault | null): Promise<Ending> {
  if (fault === null) return { answer: await actSafely(service, call) }
  const group = FAULT_GROUP[fault.kind]
  if (group === 'line') return fault.kind === 'reset' ? 'reset' : 'lost'
  if (isRefusal(fault)) {
    call.request.resume()
    return { answer: service.refuse(fault, call) }
  }
  if (isOutcome(fault)) call.outcome = fault
  if (fault.kind === 'delay') await world.clock.sleep(fault.ms)
  const answer = await actSafely(service, call)
  return group === 'lost-answer' ? lose(fault, answer) : { answer: reshapeAnswer(fault, answer) }
}

function lose(fault: Fault, answer: Answer): Ending {
  // A refused call made nothing, so there is nothing to lose: the fault then behaves as if it had been an ordinary call.
  if (answer.status >= 400) return { answer }
  switch (fault.kind) {
    case 'act-then-lose-answer':
      return 'reset'
    case 'act-then-timeout':
      return 'lost'
    case 'act-then-502':
      return { answer: htmlBadGateway() }
    default:
      return {
        answer: {
          status: 200,
          headers: { 'Content-Type': 'application/json' },
          body: '{"snapshot": {"id": "',
        },
      }
  }
}

/** What a gateway in front of the provider says. */
export function htmlBadGateway(): Answer {
  const body =
    '<html>\n<head><title>502 Bad Gateway</title></head>\n<body>\n<center><h1>502 Bad Gateway</h1></center>\n</body>\n</html>\n'
  return { status: 502, headers: { 'Content-Type': 'text/html' }, body }
}

async function actSafely(service: Service, call: Call): Promise<Answer> {
  try {
    return await service.act(call)
  } catch (cause) {
    if (cause instanceof Refusal) return cause.answer
    if (call.request.destroyed && !call.request.complete) return { status: 499, headers: {}, body: null }
    process.stderr.write(
      `emulator: ${call.method} ${call.path}: ${cause instanceof Error ? cause.stack : cause}\n`,
    )
    return service.refuse({ kind: 'internal-500' }, call)
  }
}

function noteCall(
  world: World,
  call: Call,
  at: number,
  status: number | 'lost' | 'reset',
  fault: Fault | null,
): void {
  const { n, api, operation, method, zone, region, bucket, key, resourceId, userAgent, requestId, madeIds } =
    call
  const accessKey = call.principal?.credential.accessKey ?? null
  const made = { path: call.request.url ?? call.path, fault: fault?.kind ?? null, accessKey, madeIds }
  world.log.add({
    n,
    at,
    api,
    operation,
    method,
    zone,
    region,
    bucket,
    key,
    resourceId,
    status,
    userAgent,
    requestId,
    ...made,
  })
}

async function send(
  response: ServerResponse,
  answer: Answer,
  stamps: Record<string, string>,
  request: IncomingMessage,
) {
  const { body } = answer
  response.writeHead(answer.status, { ...stamps, ...answer.headers, ...lengthOf(body, answer) })
  if (body === null || request.method === 'HEAD') response.end()
  else if (typeof body === 'string' || body instanceof Uint8Array) response.end(body)
  else await pipeline(Readable.from(body), response).catch(() => response.destroy())
  // What is left of a refused upload is read and dropped, so that the client sees the answer and not a broken pipe.
  if (!request.complete) request.resume()
}

function lengthOf(body: Answer['body'], answer: Answer): Record<string, string> {
  if ('Content-Length' in answer.headers || answer.status === 204) return {}
  if (body === null) return { 'Content-Length': '0' }
  if (typeof body === 'string') return { 'Content-Length': String(Buffer.byteLength(body)) }
  return body instanceof Uint8Array ? { 'Content-Length': String(body.length) } : {}
}
