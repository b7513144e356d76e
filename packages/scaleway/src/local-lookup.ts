import { type LookupAddress, lookup } from 'node:dns'
import { isIP, type LookupFunction } from 'node:net'
import { isLocalAddress } from './local-address.ts'

/** All addresses of a host name; rejects when it has none. */
export type Resolve = (host: string) => Promise<readonly LookupAddress[]>

/** The system's own way: hosts file, then DNS. */
export const systemResolve: Resolve = (host) =>
  new Promise((resolve, reject) =>
    lookup(host, { all: true }, (error, addresses) => (error === null ? resolve(addresses) : reject(error))),
  )

/** A host outside of loopback and private addresses; the sandbox connects to none. */
export class NotLocalError extends Error {
  override readonly name = 'NotLocalError'
  readonly code = 'SANDBOX_HOST_NOT_LOCAL'
}

/** The addresses of a host when every one of them is local; throws NotLocalError otherwise. */
export async function resolveLocally(host: string, resolve: Resolve): Promise<readonly LookupAddress[]> {
  const bare = host.replace(/^\[(.*)\]$/, '$1')
  const family = isIP(bare)
  const addresses = family === 0 ? await resolve(bare) : [{ address: bare, family }]
  const foreign = addresses.find(({ address }) => !isLocalAddress(address))
  if (foreign !== undefined || addresses.length === 0) {
    const found = foreign?.address ?? 'nothing'
    throw new NotLocalError(
      `in mode sandbox only loopback and private addresses are connected to, but ${host} is ${found}`,
    )
  }
  return addresses
}

/** A lookup for sockets that asks anew at each connection: a name that changed its address since start-up is refused. */
export function localLookup(resolve: Resolve): LookupFunction {
  return (host, options, callback) => {
    resolveLocally(host, resolve).then(
      (addresses) => {
        const [first] = addresses
        if (options.all === true || first === undefined) callback(null, [...addresses])
        else callback(null, first.address, first.family)
      },
      (error: unknown) =>
        callback(error instanceof Error ? error : new Error('lookup failed', { cause: error }), []),
    )
  }
}
