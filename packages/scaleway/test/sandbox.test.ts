import type { LookupAddress } from 'node:dns'
import { describe, expect, test } from 'vitest'
import { isLocalAddress } from '../src/local-address.ts'
import { localLookup, NotLocalError, resolveLocally } from '../src/local-lookup.ts'
import { openProvider } from '../src/provider.ts'
import { accessTo, open } from './opened.ts'
import { startServer } from './scripted-server.ts'
import { AT } from './wire-things.ts'

const PUBLIC: LookupAddress = { address: '51.159.0.1', family: 4 }
const LOCAL: LookupAddress = { address: '127.0.0.1', family: 4 }
const running = () => ({ stopping: new AbortController().signal })

describe('in mode sandbox', () => {
  test.each([
    ['127.0.0.1', true],
    ['127.255.1.2', true],
    ['10.1.2.3', true],
    ['172.16.0.1', true],
    ['172.31.255.255', true],
    ['192.168.1.1', true],
    ['::1', true],
    ['fd12::1', true],
    ['::ffff:10.0.0.1', true],
    ['172.32.0.1', false],
    ['172.15.255.255', false],
    ['11.0.0.1', false],
    ['8.8.8.8', false],
    ['0.0.0.0', false],
    ['169.254.169.254', false],
    ['100.64.0.1', false],
    ['::', false],
    ['fe80::1', false],
    ['2001:bc8::1', false],
    ['::ffff:8.8.8.8', false],
    ['emulator', false],
    ['', false],
  ])('%s is local: %s', (address, isLocal) => {
    expect(isLocalAddress(address)).toBe(isLocal)
  })

  test.each(['http://51.159.0.1', 'http://[2001:bc8::1]:8080', 'http://169.254.42.42'])(
    'the provider is not opened at %s',
    async (url) => {
      await expect(openProvider(accessTo(url), running())).rejects.toThrow(NotLocalError)
    },
  )

  test.each([
    ['public', [PUBLIC]],
    ['one of two public', [LOCAL, PUBLIC]],
    ['without an address', []],
  ])('a name that is %s is refused at opening', async (_, addresses) => {
    const resolve = async () => addresses
    await expect(
      openProvider(accessTo('http://emulator.test:8080'), { ...running(), resolve }),
    ).rejects.toThrow('only loopback and private addresses are connected to, but emulator.test is')
  })

  test('a public name of Object Storage is refused at opening as well', async () => {
    const access = { ...accessTo('http://127.0.0.1:8080'), s3Url: () => 'http://s3.test' }
    await expect(openProvider(access, { ...running(), resolve: async () => [PUBLIC] })).rejects.toThrow(
      NotLocalError,
    )
  })

  test('a name without any answer stops the start', async () => {
    const resolve = () => Promise.reject(new Error('ENOTFOUND emulator.test'))
    await expect(openProvider(accessTo('http://emulator.test'), { ...running(), resolve })).rejects.toThrow(
      'ENOTFOUND',
    )
  })

  test('a name that was local at opening and is public later is not connected to', async () => {
    const server = await startServer(() => ({ status: 404 }))
    const port = new URL(server.url).port
    let now: LookupAddress = LOCAL
    const provider = await openProvider(accessTo(`http://emulator.test:${port}`), {
      ...running(),
      resolve: async () => [now],
    })
    expect(await provider.looks.instance.find(AT)).toEqual({ ok: true, value: null })
    await server.close()
    now = PUBLIC
    expect(await provider.looks.instance.find(AT)).toMatchObject({
      ok: false,
      failure: { kind: 'unavailable', nothing: true, words: 'SANDBOX_HOST_NOT_LOCAL' },
    })
    await provider.close()
  })

  test('sockets that want one address get one, others all', async () => {
    const lookup = localLookup(async () => [LOCAL, { address: '::1', family: 6 }])
    const ask = (all: boolean) =>
      new Promise((resolve) => lookup('emulator.test', { all }, (...answer) => resolve(answer)))
    expect(await ask(false)).toEqual([null, '127.0.0.1', 4])
    expect(await ask(true)).toEqual([null, [LOCAL, { address: '::1', family: 6 }]])
  })

  test('a written address is judged without asking anybody', async () => {
    const resolve = () => Promise.reject(new Error('nobody is asked'))
    expect(await resolveLocally('[::1]', resolve)).toEqual([{ address: '::1', family: 6 }])
    await expect(resolveLocally('8.8.8.8', resolve)).rejects.toThrow(NotLocalError)
  })

  test('settings of the AWS SDK that lie about are not followed', async () => {
    const planted = {
      AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:1',
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'AKIAPLANTED',
    }
    const before = { ...process.env }
    Object.assign(process.env, planted)
    try {
      const { provider, server } = await open()
      server.react = () => ({ status: 404 })
      await provider.looks.images.head({ region: 'fr-par' as never, bucket: 'b', key: 'k' })
      expect(server.arrived[0]?.headers.authorization).toContain('Credential=SCWSANDBOX0000000000/')
      expect(server.arrived[0]?.headers.authorization).toContain('/fr-par/s3/')
    } finally {
      for (const name of Object.keys(planted)) delete process.env[name]
      Object.assign(process.env, before)
    }
  })
})

test('the system resolves names when nothing else is given', async () => {
  const server = await startServer(() => ({ status: 404 }))
  const url = server.url.replace('127.0.0.1', 'localhost')
  const provider = await openProvider(accessTo(url), running())
  expect(await provider.looks.instance.find(AT)).toEqual({ ok: true, value: null })
  await provider.close()
  await server.close()
})
