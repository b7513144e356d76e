import { fine, note, type Said, wrong } from '../finding.ts'
import type { RedisSight, Sight } from '../sight.ts'

/** Whether Redis answers, is ours, and keeps what it is told. */
export function checkRedisHealth({ redis, setup }: Sight): readonly Said[] {
  if (!redis.ok)
    return [
      wrong(`Redis could not be asked: ${redis.failure}`, 'see that REDIS_URL names it and that it runs'),
    ]
  const { installation, facts } = redis.value
  const owner = installation.ok
    ? fine(
        installation.value === 'mine'
          ? `Redis belongs to installation ${setup.install}`
          : `Redis belongs to nobody yet; the first start writes ${setup.install} into it`,
      )
    : wrong(installation.failure, 'use a Redis or database number of its own for each installation')
  const mistakes = facts.mistakes.map((text) => wrong(text, FIX_OF_REDIS))
  return [owner, ...(setup.mode === 'sandbox' ? mistakes.map(asNote) : mistakes), ...merits(redis.value)]
}

const FIX_OF_REDIS =
  'set it in redis.conf (infra/redis/redis.conf is one that fits) or at the service that runs Redis'

/** A sandbox may forget. */
function asNote({ text, fix }: Said): Said {
  return note(text, fix)
}

function merits({ facts }: RedisSight): readonly Said[] {
  const { version, eviction, durability, savesWell, usedBytes, maxBytes } = facts
  const said: Said[] = []
  if (!facts.mistakes.some((text) => text.includes('too old'))) said.push(fine(`Redis ${version}`))
  if (eviction === 'noeviction') said.push(fine('eviction: noeviction'))
  if (durability === 'fsync')
    said.push(fine('persistence: AOF, and nothing is accepted before it is on disk'))
  if (durability === 'aof')
    said.push(note('persistence: AOF up to its last fsync', 'Redis 7.2 or newer can wait for the disk'))
  if (!savesWell) said.push(wrong('its last write to disk failed', 'see the log and the disk of Redis'))
  if (maxBytes > 0 && usedBytes > 0.8 * maxBytes)
    said.push(
      wrong(
        `${Math.round((100 * usedBytes) / maxBytes)} % of its memory is used: at 100 % it refuses every write`,
        'raise maxmemory',
      ),
    )
  return said
}
