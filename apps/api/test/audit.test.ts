import { openAudit } from '@snapferry/redis'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { created, GOOD, openWorld, type World } from './harness.ts'

let world: World
beforeAll(async () => {
  world = await openWorld()
})
afterAll(() => world.close())
beforeEach(() => world.reset())

/** The audit, oldest first. */
async function told() {
  const audit = openAudit(world.connection, { sandbox: true })
  return (await audit.page({ before: '', limit: 100 })).map(({ line }) => line).toReversed()
}

test('a create, its repeat, a cancel and a refusal each leave a line with who asked and what came of it', async () => {
  const headers = { 'idempotency-key': 'once' }
  const first = await world.send({ method: 'POST', url: '/v1/migrations', payload: GOOD, headers })
  await world.send({ method: 'POST', url: '/v1/migrations', payload: GOOD, headers })
  const { id } = first.json()
  await world.send({ method: 'POST', url: `/v1/migrations/${id}/cancel` })
  await world.send({ method: 'POST', url: `/v1/migrations/${id}/cancel` })
  const lines = await told()
  expect(lines.map(({ action, target, outcome }) => [action, target, outcome])).toEqual([
    ['create', id, 'accepted'],
    ['create', id, 'known'],
    ['cancel', id, 'accepted'],
    ['cancel', id, 'ended'],
  ])
  const { by } = lines[0]!
  expect(by).not.toBe('')
  expect(lines[0]?.requestId).toBe(first.headers['x-request-id'])
})

test('a change whose line is not taken has happened all the same, its event says by whom, and the log tells', async () => {
  const broken = await openWorld({
    audit: { write: async () => Promise.reject(new Error('no room')) },
  })
  try {
    const id = await created(broken)
    const [event] = await broken.needs.journal.events(id, 0, 1)
    expect(event).toMatchObject({ type: 'created', by: expect.stringMatching(/./) })
    expect(broken.lines.some((line) => line.includes('audit line not kept'))).toBe(true)
  } finally {
    await broken.close()
  }
})
