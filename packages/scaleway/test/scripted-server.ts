import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'

/** A request as it reached the server. */
export interface Arrived {
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: IncomingMessage['headers']
  readonly body: unknown
}

/** What the server does: answers, or misbehaves. */
export type Reaction =
  | { readonly status: number; readonly body?: unknown; readonly headers?: Readonly<Record<string, string>> }
  /** Takes the request and never answers. */
  | 'hang'
  /** Takes the request and cuts the connection. */
  | 'reset'
  /** Sends the head and half of the body of an answer with this status, then cuts the connection. */
  | { readonly halfOf: number }

/** A loopback server that a test scripts; it remembers what arrived. */
export interface ScriptedServer {
  readonly url: string
  readonly arrived: Arrived[]
  react: (request: Arrived) => Reaction
  /** Connections that were opened. */
  connections(): number
  close(): Promise<void>
}

/** Starts a server on a free loopback port. Without a script it answers 500. */
export async function startServer(
  react: ScriptedServer['react'] = () => ({ status: 500 }),
): Promise<ScriptedServer> {
  const sockets = new Set<Socket>()
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const arrived = arrivedOf(request, Buffer.concat(chunks).toString())
      scripted.arrived.push(arrived)
      perform(scripted.react(arrived), response)
    })
  })
  server.on('connection', (socket) => sockets.add(socket))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const scripted: ScriptedServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    arrived: [],
    react,
    connections: () => sockets.size,
    async close() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  return scripted
}

function arrivedOf(request: IncomingMessage, text: string): Arrived {
  const url = new URL(request.url ?? '/', 'http://server')
  return {
    method: request.method ?? '',
    path: url.pathname,
    query: url.searchParams,
    headers: request.headers,
    body: text === '' ? null : JSON.parse(text),
  }
}

function perform(reaction: Reaction, response: ServerResponse): void {
  if (reaction === 'hang') return
  if (reaction === 'reset') {
    response.socket?.destroy()
    return
  }
  if ('halfOf' in reaction) {
    response.writeHead(reaction.halfOf, { 'content-type': 'application/json', 'content-length': '100' })
    response.write('{"message":"half', () => response.socket?.destroy())
    return
  }
  const { status, body, headers } = reaction
  const isRaw = typeof body === 'string' || Buffer.isBuffer(body)
  const bytes =
    body === undefined ? Buffer.alloc(0) : isRaw ? Buffer.from(body) : Buffer.from(JSON.stringify(body))
  const length = status === 204 ? {} : { 'content-length': String(bytes.length) }
  response.writeHead(status, {
    'content-type': 'application/json',
    'x-request-id': 'req-1',
    ...length,
    ...headers,
  })
  response.end(bytes)
}
