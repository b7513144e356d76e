import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { checkRedis, openRedis, startOwnRedis, untilReady } from '@snapferry/redis'

const READY_MS = 10_000

/** Runs work against an empty Redis of its own, as production has it: AOF, everysec. It is gone afterwards. */
export async function withRedis<T>(work: (url: string, version: string) => Promise<T>): Promise<T> {
  const dir = mkdtempSync(join(tmpdir(), 'snapferry-bench-'))
  const sweep = () => rmSync(dir, { recursive: true, force: true })
  process.once('exit', sweep)
  try {
    const own = await startOwnRedis({ dir, aof: true, fsync: 'everysec' })
    try {
      return await work(own.url, await versionOf(own.url))
    } finally {
      await own.stop()
    }
  } finally {
    process.off('exit', sweep)
    sweep()
  }
}

async function versionOf(url: string): Promise<string> {
  const redis = openRedis(url, 'worker')
  try {
    await untilReady(redis, READY_MS)
    const facts = await checkRedis(redis, { allowVolatile: false })
    if (!facts.ok) throw new Error(facts.failure.join('; '))
    return facts.value.version
  } finally {
    redis.disconnect()
  }
}
