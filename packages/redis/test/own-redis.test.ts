import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { checkRedis, openRedis, startOwnRedis, untilReady } from '../src/index.ts'

let dir: string
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'snapferry-own-'))
})
afterAll(() => rm(dir, { recursive: true, force: true }))

describe('a Redis of our own', () => {
  test.each(['stop', 'kill'] as const)(
    'keeps what it was told across %s and restart, at the same URL',
    async (how) => {
      const own = await startOwnRedis({ dir: join(dir, how), aof: true, fsync: 'always' })
      const redis = openRedis(own.url, 'worker')
      await redis.set('told', 'once')
      const { pid } = own
      await own[how]()
      expect(isAlive(pid)).toBe(false)
      await own.restart()
      expect(own.pid).not.toBe(pid)
      expect(await redis.get('told')).toBe('once')
      expect((await checkRedis(redis, { allowVolatile: false })).ok).toBe(true)
      redis.disconnect()
      await own.stop()
    },
  )

  test('with a password it answers whoever has its URL, and nobody else', async () => {
    const own = await startOwnRedis({ dir: join(dir, 'password'), aof: false, password: 'open sesame/+' })
    const [known, unknown] = [own.url, own.url.replace(/\/\/.*@/, '//')].map((url) =>
      openRedis(url, 'worker'),
    )
    await expect(known?.ping()).resolves.toBe('PONG')
    await expect(unknown?.ping()).rejects.toThrow('NOAUTH')
    known?.disconnect()
    unknown?.disconnect()
    await own.stop()
  })

  test('two of them do not meet', async () => {
    const all = await Promise.all(
      ['a', 'b'].map((name) => startOwnRedis({ dir: join(dir, name), aof: false })),
    )
    expect(new Set(all.map((own) => own.url)).size).toBe(2)
    await Promise.all(all.map((own) => own.stop()))
  })

  test('the program may stand behind another', async () => {
    const own = await startOwnRedis({
      dir: join(dir, 'env'),
      aof: false,
      binary: ['env', 'X=1', 'redis-server'],
    })
    const redis = openRedis(own.url, 'worker')
    await untilReady(redis, 10_000)
    redis.disconnect()
    await own.stop()
  })

  test('without a program it names the Debian package', async () => {
    const start = startOwnRedis({ dir: join(dir, 'none'), aof: false, binary: join(dir, 'no-such-program') })
    await expect(start).rejects.toThrow(/Debian package redis-server/)
  })

  test('a program that is no Redis is reported with its last words', async () => {
    const start = startOwnRedis({ dir: join(dir, 'ls'), aof: false, binary: 'ls' })
    await expect(start).rejects.toThrow(/ls ended before it served: .*port/s)
  })
})

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
