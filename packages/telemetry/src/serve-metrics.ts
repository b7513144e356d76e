import { createServer } from 'node:http'
import type { Registry } from 'prom-client'

/** Where metrics are served; port 0 takes a free one. */
export interface ServeMetrics {
  readonly host: string
  readonly port: number
  readonly registry: Registry
}

/** A running metrics server. */
export interface MetricsServer extends AsyncDisposable {
  /** `http://host:port/metrics`. */
  readonly url: string
  close(): Promise<void>
}

/** Serves `GET /metrics` on a port of its own, so that it never stands on the public listener. Rejects when the port is taken. */
export async function serveMetrics(o: ServeMetrics): Promise<MetricsServer> {
  const server = createServer((request, response) => {
    const path = request.url?.split('?')[0]
    if (path !== '/metrics') return void response.writeHead(404).end()
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return void response.writeHead(405, { allow: 'GET, HEAD' }).end()
    o.registry.metrics().then(
      (text) => {
        response.writeHead(200, { 'content-type': o.registry.contentType, 'cache-control': 'no-store' })
        response.end(request.method === 'HEAD' ? undefined : text)
      },
      () => response.writeHead(500).end(),
    )
  })
  await new Promise<void>((listening, failed) => {
    server.once('error', failed)
    server.listen({ host: o.host, port: o.port }, () => {
      server.off('error', failed)
      listening()
    })
  })
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : o.port
  const close = () =>
    new Promise<void>((closed) => {
      server.close(() => closed())
      server.closeAllConnections()
    })
  const host = o.host.includes(':') ? `[${o.host}]` : o.host
  return { url: `http://${host}:${port}/metrics`, close, [Symbol.asyncDispose]: close }
}
