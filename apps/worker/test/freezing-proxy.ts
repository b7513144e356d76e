import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

/** A way to Redis on which connections can fall silent without being closed, as when a network drops them. */
export interface FreezingProxy {
  readonly url: string
  /** From now on nothing passes on connections over which one of these words went, nor on new ones that say it. */
  freeze(...words: string[]): void
  close(): Promise<void>
}

/** Opens the proxy on a free port of loopback. */
export async function openFreezingProxy(redisUrl: string): Promise<FreezingProxy> {
  const { hostname, port } = new URL(redisUrl)
  const frozen: string[] = []
  const sockets = new Set<Socket>()
  const server = createServer((near) => {
    const far = connect(Number(port), hostname)
    let said = ''
    const isFrozen = () => frozen.some((word) => said.includes(word))
    near.on('data', (data) => {
      said = `${said}${data.toString('latin1').toLowerCase()}`
      if (!isFrozen()) far.write(data)
    })
    far.on('data', (data) => {
      if (!isFrozen()) near.write(data)
    })
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(one)
      one.on('error', () => other.destroy())
      one.on('close', () => {
        sockets.delete(one)
        other.destroy()
      })
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port')
  return {
    url: `redis://127.0.0.1:${address.port}`,
    freeze: (...words) => void frozen.push(...words.map((word) => word.toLowerCase())),
    close: async () => {
      const closed = once(server, 'close')
      server.close()
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}
