import type { EventBody } from '@snapferry/migration'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { admitted, happened } from './happens.ts'
import { created, openWorld, type World } from './harness.ts'

let world: World
beforeAll(async () => {
  world = await openWorld()
})
afterAll(() => world.close())
beforeEach(() => world.reset())

const LOCKED: EventBody = {
  type: 'defect',
  failure: { kind: 'locked', text: 'The copy is locked.', words: 'locked', requestId: 'r1', call: null },
}
const done = (phase: 'export' | 'inspect' | 'import' | 'verify'): EventBody => ({
  ...{ type: 'phase-completed', phase, facts: {} },
  ...{ made: [], extras: [] },
})
const show = async (id: string) => (await world.send({ url: `/v1/migrations/${id}` })).json()
const laterBy = (time: string, hours: number) => new Date(Date.parse(time) + hours * 3_600_000).toISOString()

describe('a migration that needs attention', () => {
  test('says since when, what for, who can do something, what can be asked for, and when it decides itself', async () => {
    const id = await created(world)
    await admitted(world, id, [])
    expect(await show(id)).not.toHaveProperty('attention')
    await happened(world, id, LOCKED)
    const { attention } = await show(id)
    expect(attention).toEqual({
      since: attention.since,
      ...{ kind: 'locked', text: 'The copy is locked.', who: 'operator' },
      fix: 'The provider locked it; ask its support, then retry or cancel.',
      remedies: [
        {
          action: 'retry',
          text: 'Goes on from the earliest phase whose proof no longer holds.',
          href: `/v1/migrations/${id}/retry`,
        },
        {
          action: 'cancel',
          text: 'Undoes what was made, and ends it as cancelled.',
          href: `/v1/migrations/${id}/cancel`,
        },
        { action: 'wait', text: 'What was made is undone, and it ends as failed.' },
      ],
      nextReminderTime: laterBy(attention.since, 24),
      decidesTime: laterBy(attention.since, 72),
    })
  })

  test('each remedy that it names is taken', async () => {
    for (const action of ['retry', 'cancel']) {
      await world.reset()
      const id = await created(world)
      await admitted(world, id, [])
      await happened(world, id, LOCKED)
      const { remedies } = (await show(id)).attention
      const { href } = remedies.find((one: { action: string }) => one.action === action)
      const answer = await world.send({ method: 'POST', url: href })
      expect([answer.statusCode, answer.json().attention]).toEqual([202, undefined])
    }
  })

  test('names no cancel once the copy is proven: it would be refused', async () => {
    const id = await created(world)
    await admitted(world, id, [])
    for (const phase of ['export', 'inspect', 'import', 'verify'] as const)
      await happened(world, id, done(phase))
    await happened(world, id, LOCKED)
    const { remedies } = (await show(id)).attention
    expect(remedies.map(({ action }: { action: string }) => action)).toEqual(['retry', 'wait'])
    const refused = await world.send({ method: 'POST', url: `/v1/migrations/${id}/cancel` })
    expect(refused.json().code).toBe('too_late')
  })
})
