import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'

/**
 * A door to the provider that writes on each request who came through it, as a process: two installations have the same
 * key in the sandbox, and the provider's log must tell them apart. `GATE_STAMP` is the name, `GATE_TO` a list of
 * `port=url`. What is lost or cut behind the door is lost or cut before it.
 */
const stamp = process.env['GATE_STAMP'] ?? ''
const doors = (process.env['GATE_TO'] ?? '').split(',').map((pair) => pair.split('='))

for (const [port = '0', to = ''] of doors) {
  const target = new URL(to)
  createServer((asked, answer) => pass(target, asked, answer)).listen(Number(port), '127.0.0.1')
}
process.stdout.write(`${JSON.stringify({ ready: true })}\n`)
process.once('SIGTERM', () => process.exit(0))

function pass(target: URL, asked: IncomingMessage, answer: ServerResponse): void {
  const { hostname, port } = target
  const headers = { ...asked.headers, 'user-agent': `${asked.headers['user-agent'] ?? ''} ${stamp}` }
  const behind = request({ hostname, port, method: asked.method, path: asked.url, headers, agent: false })
  behind.on('response', (said) => {
    answer.writeHead(said.statusCode ?? 502, said.headers)
    said.pipe(answer)
    said.once('error', () => asked.socket.resetAndDestroy())
  })
  behind.once('error', () => asked.socket.resetAndDestroy())
  answer.once('close', () => behind.destroy())
  asked.pipe(behind)
}
