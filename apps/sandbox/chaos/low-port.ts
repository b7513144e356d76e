import { freePort } from '../src/ports.ts'

/** Below the range from which the kernel takes ports for connections: one that dies must find its own free again. */
const FROM = 20_000
const COUNT = 10_000
const TRIES = 50
const given = new Set<number>()

/** A free port of 127.0.0.1 that nobody was given before. */
export async function freeLowPort(): Promise<number> {
  for (let tries = 0; tries < TRIES; tries++) {
    const wanted = FROM + Math.floor(Math.random() * COUNT)
    const port = await freePort(wanted)
    if (port !== wanted || given.has(port)) continue
    given.add(port)
    return port
  }
  throw new Error('no free port between 20000 and 30000')
}
