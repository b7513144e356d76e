import { Alive, Ready } from '@snapferry/contracts'
import { CLOCK_SKEW_MAX_MS } from '@snapferry/redis'
import type { FastifyInstance } from 'fastify'
import type { ApiNeeds } from './needs.ts'
import { answer } from './route-schema.ts'

/** Whether the process answers, and whether it should be asked. */
export function healthRoutes(app: FastifyInstance, needs: ApiNeeds): void {
  const tags = ['health']
  const livez = {
    tags,
    operationId: 'livez',
    summary: 'Whether the process answers',
    description: 'Asks nothing else: a restart heals no dependency.',
    response: { 200: answer('It does.', Alive) },
  }
  app.get('/livez', { schema: livez }, () => ({ alive: true }))

  const readyz = {
    tags,
    operationId: 'readyz',
    summary: 'Whether requests are welcome',
    response: { 200: answer('They are.', Ready), 503: answer('Not now; the checks say why.', Ready) },
  }
  app.get('/readyz', { schema: readyz }, async (_request, reply) => {
    const ready = await readiness(needs)
    return reply
      .code(ready.ready ? 200 : 503)
      .header('cache-control', 'no-store')
      .send(ready)
  })
}

/** The readiness of this moment. */
async function readiness({ gate, stopping, mode, defaults }: ApiNeeds): Promise<Ready> {
  const state = gate.state()
  const skewMs = await gate.clockSkewMs()
  const isTimely = skewMs !== null && Math.abs(skewMs) <= CLOCK_SKEW_MAX_MS
  const checks: Ready['checks'] = [
    {
      name: 'redis',
      ok: state.kind === 'open' && skewMs !== null,
      text: redisText(state.kind === 'open' ? null : state.text, skewMs),
    },
    {
      name: 'clock',
      ok: isTimely,
      text: skewMs === null ? 'Redis does not answer.' : `${Math.round(skewMs)} ms ahead of Redis.`,
    },
    {
      name: 'serving',
      ok: !stopping.aborted,
      text: stopping.aborted ? 'The service is stopping.' : 'Serving.',
    },
  ]
  return {
    ready: checks.every((check) => check.ok),
    mode,
    installation: defaults.install,
    durability: state.kind === 'open' ? state.durability : 'unknown',
    checks,
  }
}

function redisText(closed: string | null, skewMs: number | null): string {
  if (closed !== null) return closed
  return skewMs === null ? 'Redis does not answer.' : 'Redis answers and is fit to keep migrations.'
}
