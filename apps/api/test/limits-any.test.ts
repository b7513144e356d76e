import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { openWorld, type World } from './harness.ts'

let world: World
beforeAll(async () => {
  world = await openWorld()
})
afterAll(() => world.close())
beforeEach(() => world.reset())

const JSON_TYPE = { 'content-type': 'application/json', 'if-match': '*' }

test('whatever is sent as budgets is taken or refused in the way the contract says', async () => {
  const value = fc.oneof(fc.jsonValue(), fc.double(), fc.integer())
  const budget = fc.record(
    {
      work: fc.oneof(fc.constantFrom('export', 'import'), fc.jsonValue()),
      zone: fc.oneof(fc.constantFrom('fr-par-1', 'fr-par-9'), fc.string()),
      concurrent: value,
      gigabytes: value,
    },
    { requiredKeys: ['work'] },
  )
  const rates = fc.array(fc.record({ profile: fc.constantFrom('default', 'x'), callsPerSecond: value }))
  const body = fc.oneof(
    fc.jsonValue(),
    fc.record({ budgets: fc.array(budget, { maxLength: 4 }), calls: rates }, { requiredKeys: ['budgets'] }),
  )
  let taken = 0
  await fc.assert(
    fc.asyncProperty(body, async (asked) => {
      const payload = JSON.stringify(asked)
      const { statusCode } = await world.send({
        ...{ method: 'PUT', url: '/v1/budgets', headers: JSON_TYPE, payload },
      })
      if (statusCode === 200) taken += 1
      const shown = await world.send({ url: '/v1/budgets' })
      return [200, 400, 422].includes(statusCode) && shown.statusCode === 200
    }),
    { numRuns: 300 },
  )
  expect(taken).toBeGreaterThan(0)
})

test('whatever is sent as a drain is put up or refused in the way the contract says, and can be ended', async () => {
  const scope = fc.oneof(
    fc.constantFrom('fleet', { zone: 'fr-par-1' }, { profile: 'default' }, { zone: 'x' }),
    fc.jsonValue(),
  )
  const reason = fc.oneof(fc.string({ unit: 'binary', maxLength: 220 }), fc.jsonValue())
  const body = fc.oneof(fc.record({ scope, reason }), fc.jsonValue())
  await fc.assert(
    fc.asyncProperty(body, async (asked) => {
      const payload = JSON.stringify(asked)
      const { statusCode, headers } = await world.send({
        ...{ method: 'POST', url: '/v1/holds', headers: JSON_TYPE, payload },
      })
      const listed = await world.send({ url: '/v1/holds' })
      if (listed.statusCode !== 200) return false
      if (statusCode !== 201) return [200, 400, 422].includes(statusCode)
      return (await world.send({ method: 'DELETE', url: String(headers['location']) })).statusCode === 204
    }),
    { numRuns: 300 },
  )
})
