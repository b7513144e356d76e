import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { newTags } from '../src/retag.ts'
import { always, open } from './opened.ts'
import { AT, blockSnapshot, instanceSnapshot, MIGRATION, WIP } from './wire-things.ts'

const DROP = `snapferry:wip=default.${MIGRATION}.`
const COPY = `snapferry:copy=default.${MIGRATION}`
const order = { ...AT, drop: DROP, add: [COPY, 'snapferry:verified=2026-09-01'] }

describe.each(['instance', 'block'] as const)('retagging on the %s API', (backend) => {
  const shown = (tags: readonly string[]) =>
    backend === 'instance'
      ? { status: 200, body: { snapshot: instanceSnapshot({ tags }) } }
      : { status: 200, body: blockSnapshot({ tags }) }

  test('writes the whole list: ours dropped, others in their order, new ones at the end', async () => {
    const { provider, server } = await open()
    server.react = () => shown(['env=prod', WIP, 'team=a'])
    expect(await provider.writesFor(always)[backend].retag(order)).toEqual({ ok: true, value: null })
    expect(server.arrived.map(({ method, body }) => [method, body])).toEqual([
      ['GET', null],
      ['PATCH', { tags: ['env=prod', 'team=a', ...order.add] }],
    ])
  })

  test('a second time writes nothing', async () => {
    const { provider, server } = await open()
    server.react = () => shown(['env=prod', ...order.add])
    expect(await provider.writesFor(always)[backend].retag(order)).toEqual({ ok: true, value: null })
    expect(server.arrived.map(({ method }) => method)).toEqual(['GET'])
  })

  test('a snapshot without any tag of this migration is refused and not changed', async () => {
    const { provider, server } = await open()
    server.react = () => shown(['env=prod', 'snapferry:wip=other.x.1'])
    const answer = await provider.writesFor(always)[backend].retag(order)
    expect(answer).toMatchObject({ ok: false, failure: { kind: 'refused', nothing: true } })
    expect(server.arrived.map(({ method }) => method)).toEqual(['GET'])
  })

  test('a snapshot that is not there is missing', async () => {
    const { provider, server } = await open()
    server.react = () => ({ status: 404 })
    const answer = await provider.writesFor(always)[backend].retag(order)
    expect(answer).toMatchObject({ ok: false, failure: { kind: 'missing', nothing: true } })
  })

  test('a PATCH without an answer is open', async () => {
    const { provider, server } = await open()
    server.react = ({ method }) => (method === 'GET' ? shown([WIP]) : 'reset')
    const answer = await provider.writesFor(always)[backend].retag(order)
    expect(answer).toMatchObject({ ok: false, failure: { kind: 'no-answer', nothing: false } })
  })

  test.each([{ drop: '' }, { drop: 'env' }, { add: ['env=prod'] }])(
    '%o is a mistake of ours and throws',
    async (wrong) => {
      const { provider, server } = await open()
      await expect(provider.writesFor(always)[backend].retag({ ...order, ...wrong })).rejects.toThrow(
        TypeError,
      )
      expect(server.arrived).toHaveLength(0)
    },
  )
})

test('new tags keep what others wrote, hold each new one once, and a second time change nothing', () => {
  const tag = fc.constantFrom('a', 'b', 'snapferry:x', WIP, `${DROP}9`, COPY)
  fc.assert(
    fc.property(fc.uniqueArray(tag), fc.array(fc.constantFrom(COPY, 'snapferry:y')), (tags, add) => {
      const once = newTags(tags, { drop: DROP, add })
      expect(once.filter((one) => !add.includes(one))).toEqual(
        tags.filter((one) => !one.startsWith(DROP) && !add.includes(one)),
      )
      expect(add.every((one) => once.filter((other) => other === one).length === 1)).toBe(true)
      expect(newTags(once, { drop: DROP, add })).toEqual(once)
    }),
  )
})
