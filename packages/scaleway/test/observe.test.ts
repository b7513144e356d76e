import { afterEach, describe, expect, test } from 'vitest'
import { exchange } from '../src/exchange.ts'
import { openPools } from '../src/pools.ts'
import { openProvider, type Provider } from '../src/provider.ts'
import type { RequestFact } from '../src/setting.ts'
import { accessTo, always } from './opened.ts'
import { type ScriptedServer, startServer } from './scripted-server.ts'
import {
  AT,
  blockSnapshot,
  importOrder,
  instanceSnapshot,
  OWNER,
  REGION,
  snapshotItem,
  WIP,
} from './wire-things.ts'

const closers: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

interface Observed {
  readonly provider: Provider
  readonly server: ScriptedServer
  readonly facts: RequestFact[]
}

async function observed(how: { mode: 'observe' } | { readOnly: true }): Promise<Observed> {
  const server = await startServer(({ path }) => {
    if (path.startsWith('/block')) return { status: 200, body: blockSnapshot({ tags: [WIP] }) }
    if (path.startsWith('/instance'))
      return { status: 200, body: { snapshot: instanceSnapshot({ tags: [WIP] }) } }
    return { status: 200, headers: { etag: '"e"' } }
  })
  closers.push(server.close)
  const facts: RequestFact[] = []
  const access = { ...accessTo(server.url), mode: 'mode' in how ? how.mode : 'armed' } as const
  const provider = await openProvider(access, {
    stopping: new AbortController().signal,
    onRequest: (fact) => facts.push(fact),
    ...('mode' in how ? {} : how),
  })
  closers.push(() => provider.close())
  return { provider, server, facts }
}

const image = {
  thing: {
    what: 'image',
    id: `snapferry/default/work/${OWNER.migration}/1.qcow2`,
    region: REGION,
    bucket: 'b',
  },
  round: 1,
  at: 0,
  state: 'disowned',
} as const

describe.each([{ mode: 'observe' }, { readOnly: true }] as const)('a provider opened with %o', (how) => {
  test.each(['instance', 'block'] as const)('sends no write to the %s API', async (backend) => {
    const { provider, server, facts } = await observed(how)
    const writes = provider.writesFor(always)[backend]
    const order = { ...importOrder(), ...AT }
    const answers = [
      await writes.takeSnapshot({ ...order, volume: AT.id }),
      await writes.startExport(order),
      await writes.startImport(order),
      await writes.retag({ ...AT, drop: 'snapferry:wip=', add: ['snapferry:copy=x'] }),
      await writes.removeOurs(snapshotItem({ backend }), OWNER),
    ]
    for (const answer of answers)
      expect(answer).toMatchObject({
        ok: false,
        failure: {
          kind: 'observing',
          status: null,
          nothing: true,
          words: expect.stringContaining('observe'),
        },
      })
    expect(server.arrived.map(({ method }) => method)).toEqual(['GET', 'GET'])
    expect(facts.filter(({ code }) => code === 'observing')).toHaveLength(5)
  })

  test('deletes no image, and reads as ever', async () => {
    const { provider, server } = await observed(how)
    const removal = await provider.writesFor(always).images.removeOurs(image, OWNER)
    expect(removal).toMatchObject({ ok: false, failure: { kind: 'observing', nothing: true } })
    expect(await provider.looks.block.find(AT)).toMatchObject({ ok: true, value: { id: AT.id } })
    expect(server.arrived.length).toBeGreaterThanOrEqual(2)
    for (const { method } of server.arrived) expect(['GET', 'HEAD']).toContain(method)
  })
})

test.each(['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE'] as const)(
  'a %s is held back whoever asks for it, before a connection is opened',
  async (method) => {
    const server = await startServer()
    closers.push(server.close)
    const pools = openPools(null, 1)
    closers.push(() => pools.close())
    const request = {
      ...{ method, path: '/', headers: {}, body: '{}', timeoutMs: 1_000, bodyBytesMax: 10 },
      ...{ stopping: new AbortController().signal, mayWrite: false, permit: null },
    }
    expect(await exchange(pools.of(server.url), request)).toMatchObject({
      came: false,
      why: 'observing',
      sent: false,
    })
    expect(server.connections()).toBe(0)
  },
)
