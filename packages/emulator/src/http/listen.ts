import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'

/** A server that listens; `close` also cuts the sockets that faults still hold. */
export interface Listening {
  url: string
  close(): Promise<void>
}

/** Listens on `port` (0: any free one) of `host`. Rejects when the port is taken. */
export async function listen(play: RequestListener, host: string, port: number): Promise<Listening> {
  const server = createServer(play)
  // A fault that holds a socket decides itself for how long.
  server.requestTimeout = 0
  server.keepAliveTimeout = 60_000
  server.listen(port, host)
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server listens on no port')
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${address.port}`,
    async close() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}
