import { bad, good, isInstall, type Result } from '@snapferry/migration'
import type { Redis } from 'ioredis'
import { keyOf } from './keys.ts'
import { ask } from './redis-away.ts'

/** Whether the provider behind this Redis is our emulator or the real one. */
export type Mode = 'sandbox' | 'armed'

/** Whose Redis this is. */
export interface Installation {
  readonly install: string
  readonly mode: Mode
}

/** What every process of an installation is told about its Redis. */
export interface RedisSettings extends Installation {
  /** `redis://` or `rediss://`. */
  readonly url: string
}

/**
 * Writes the installation's name and mode at the first start; later a process with another name or mode is refused
 * with a sentence, because it would take the tags and keys of this one for somebody else's.
 */
export async function claimInstallation(redis: Redis, mine: Installation): Promise<Result<null, string>> {
  if (!isInstall(mine.install)) return bad(`not a name for an installation: ${mine.install.slice(0, 60)}`)
  const text = JSON.stringify({ install: mine.install, mode: mine.mode })
  await ask(redis, () => redis.set(keyOf.installation, text, 'NX'))
  const found = await ask(redis, () => redis.get(keyOf.installation))
  return found === text ? good(null) : bad(refusal(found, mine))
}

function refusal(found: string | null, mine: Installation): string {
  return `this Redis belongs to the installation ${found ?? 'that was just removed'}, not to ${JSON.stringify(mine)}: use another Redis or database number, or start with its name and mode`
}
