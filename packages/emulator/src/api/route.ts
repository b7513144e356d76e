import type { Answer } from '../http/answer.ts'
import type { Call } from '../http/call.ts'
import type { World } from '../world.ts'

/** One row of an API's table: method and path below `/zones/{zone}`, where `{id}` is a resource. */
export interface Route {
  operation: string
  method: string
  path: string
  act(world: World, call: Call): Answer | Promise<Answer>
}

/** The row for a method and path, with the resource's id when the path has one. */
export function findRoute(
  routes: readonly Route[],
  method: string,
  path: string,
): { route: Route; id: string | null } | null {
  const parts = path.split('/')
  for (const route of routes) {
    if (route.method !== method) continue
    const wanted = route.path.split('/')
    if (wanted.length !== parts.length) continue
    if (!wanted.every((name, at) => name === '{id}' || name === parts[at])) continue
    const at = wanted.indexOf('{id}')
    return { route, id: at < 0 ? null : (parts[at] ?? null) }
  }
  return null
}
