import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { openRedis } from '@snapferry/redis'

/** Something that a Redis keeps, under the name of a key or a file. */
export interface Kept {
  readonly from: string
  readonly bytes: Buffer
}

/** Everything in a Redis: each key read by its type and dumped, the RDB of a real SAVE, the append-only files. */
export async function redisContents(url: string, dir: string): Promise<readonly Kept[]> {
  const redis = openRedis(url, 'worker')
  // Compressed strings would hide what is in them.
  await redis.config('SET', 'rdbcompression', 'no')
  const kept: Kept[] = []
  for await (const keys of redis.scanStream({ count: 1_000 }) as AsyncIterable<string[]>) {
    for (const key of keys) {
      const dumped = await redis.dumpBuffer(key)
      const bytes = Buffer.from(JSON.stringify([key, await read(redis, key)]))
      kept.push({ from: `key ${key}`, bytes }, { from: `dump of ${key}`, bytes: dumped ?? Buffer.alloc(0) })
    }
  }
  await redis.save()
  redis.disconnect()
  const files = await readdir(dir, { recursive: true, withFileTypes: true })
  for (const file of files.filter((one) => one.isFile()))
    kept.push({ from: `file ${file.name}`, bytes: await readFile(join(file.parentPath, file.name)) })
  return kept
}

async function read(redis: ReturnType<typeof openRedis>, key: string): Promise<unknown> {
  switch (await redis.type(key)) {
    case 'string':
      return redis.get(key)
    case 'hash':
      return redis.hgetall(key)
    case 'list':
      return redis.lrange(key, 0, -1)
    case 'set':
      return redis.smembers(key)
    case 'zset':
      return redis.zrange(key, '0', '-1', 'WITHSCORES')
    case 'stream':
      return redis.xrange(key, '-', '+')
    case 'none':
      return null
    default:
      throw new Error(`${key} is of a type that nobody reads`)
  }
}
