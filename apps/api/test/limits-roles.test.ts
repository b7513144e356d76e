import { afterAll, beforeAll, expect, test } from 'vitest'
import { KEYS, openWorld, type World } from './harness.ts'

let world: World
beforeAll(async () => {
  world = await openWorld()
})
afterAll(() => world.close())

const DRAIN = { scope: 'fleet', reason: 'x' }

/** Who may what: each asks for it and is answered so. */
test.each([
  ['viewer', 'GET', '/v1/budgets', undefined, 200],
  ['viewer', 'PUT', '/v1/budgets', { budgets: [] }, 403],
  ['operator', 'PUT', '/v1/budgets', { budgets: [] }, 403],
  ['admin', 'PUT', '/v1/budgets', { budgets: [] }, 200],
  ['viewer', 'POST', '/v1/holds', DRAIN, 403],
  ['operator', 'POST', '/v1/holds', DRAIN, 201],
  ['viewer', 'GET', '/v1/holds', undefined, 200],
  ['viewer', 'GET', '/v1/holds/drain:fleet', undefined, 200],
  ['viewer', 'DELETE', '/v1/holds/drain:fleet', undefined, 403],
  ['viewer', 'DELETE', '/v1/holds/a/b', undefined, 403],
  ['operator', 'DELETE', '/v1/holds/drain:fleet', undefined, 204],
] as const)('a key of role %s: %s %s', async (role, method, url, body, status) => {
  const headers = { authorization: `Bearer ${KEYS[role]}`, 'if-match': '*' }
  const response = await world.send({
    ...{ method, url, headers },
    ...(body === undefined ? {} : { payload: body }),
  })
  expect(response.statusCode).toBe(status)
})
