/**
 * Loaded before a program (`--import`), it writes every address that the program, or a Node it starts, wants to reach into
 * the file WATCH_FILE, and lets nothing pass that is not loopback. It stands at the lowest place JavaScript has: whichever
 * HTTP client is used, its bytes go through here.
 */
import childProcess from 'node:child_process'
import dgram from 'node:dgram'
import dns from 'node:dns'
import { appendFileSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import net from 'node:net'
import { argv, env, pid } from 'node:process'

const { WATCH_FILE = '', NODE_OPTIONS = '' } = env
const HERE = /^(?:localhost|127\.\d+\.\d+\.\d+|::1|::ffff:127\.\d+\.\d+\.\d+)$/
const tell = (what, where) => appendFileSync(WATCH_FILE, `${JSON.stringify({ pid, what, where })}\n`)
tell('started', argv[1] ?? '')

const connect = net.Socket.prototype.connect
net.Socket.prototype.connect = function (...args) {
  const [first] = Array.isArray(args[0]) ? args[0] : args
  const options = typeof first === 'object' && first !== null ? first : { port: first, host: args[1] }
  if (options.path === undefined) {
    const host = String(options.host ?? 'localhost')
    tell('connect', `${host}:${options.port}`)
    if (!HERE.test(host)) {
      this.destroy(new Error(`held back: ${host}`))
      return this
    }
  }
  return connect.apply(this, args)
}

for (const [what, holder] of [
  ['lookup', dns],
  ['lookup', dns.promises],
]) {
  const lookup = holder.lookup
  holder.lookup = (host, ...rest) => {
    tell(what, String(host))
    if (!HERE.test(String(host))) throw new Error(`held back: ${host}`)
    return lookup(host, ...rest)
  }
}

const send = dgram.Socket.prototype.send
dgram.Socket.prototype.send = function (...args) {
  tell('datagram', 'somewhere')
  return send.apply(this, args)
}

/** Programs that are started with an environment of their own are watched as well. */
const spawn = childProcess.spawn
childProcess.spawn = (command, args, options, ...rest) => {
  const own = options?.env
  const watched = own === undefined ? options : { ...options, env: { ...own, WATCH_FILE, NODE_OPTIONS } }
  return spawn(command, args, watched, ...rest)
}
syncBuiltinESMExports()
