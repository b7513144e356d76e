import { type FoundTool, findTool, type Search } from './tool-finder.ts'

/** A Redis that runs already, or the program of one that is to be started with `env` added to its environment. */
export type FoundRedis =
  | { readonly kind: 'url'; readonly url: string }
  | ({ readonly kind: 'binary' } & FoundTool)

/**
 * Finds a Redis: REDIS_URL, else redis-server or valkey-server on PATH, else (Debian, Ubuntu) its package unpacked
 * into `dataDir` without root and without a service. Throws one message with the exact line for this system otherwise.
 */
export async function findRedis(
  dataDir: string,
  env: NodeJS.ProcessEnv,
  search: Search = {},
): Promise<FoundRedis> {
  const url = env['REDIS_URL']
  if (url !== undefined && url !== '') return { kind: 'url', url }
  return { kind: 'binary', ...(await findTool('redis', dataDir, env, search)) }
}
