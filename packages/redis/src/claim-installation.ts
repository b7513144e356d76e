import { bad, good, isInstall, type Result } from '@snapferry/migration'
import type { Redis } from 'ioredis'
import { keyOf } from './keys.ts'
import { ask } from './redis-away.ts'

/**
 * How a process stands to the provider: `sandbox`, our emulator; `observe`, the real one, to which nothing is written;
 * `armed`, the real one.
 */
export type Mode = 'sandbox' | 'observe' | 'armed'

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

/** Which provider the journal speaks of. `armed` is the word for the real one, also while it is only observed. */
type Kept = 'sandbox' | 'armed'

/**
 * Writes the installation's name and its provider at the first start; later a process with another name, or with the
 * emulator where the real provider is, is refused with a sentence, because it would take the tags and keys of this one
 * for somebody else's. A journal that was observed may be armed, and the other way round: it is the same provider.
 */
export async function claimInstallation(redis: Redis, mine: Installation): Promise<Result<null, string>> {
  if (!isInstall(mine.install)) return bad(`not a name for an installation: ${mine.install.slice(0, 60)}`)
  await ask(redis, () => redis.set(keyOf.installation, textOf(mine), 'NX'))
  const found = await ask(redis, () => redis.get(keyOf.installation))
  return found === textOf(mine) ? good(null) : bad(refusal(found, mine))
}

/** Whose Redis it is, read only: good for nobody's as well, in which a first start would write its name. */
export async function checkInstallation(
  redis: Redis,
  mine: Installation,
): Promise<Result<'mine' | 'nobodys', string>> {
  const found = await ask(redis, () => redis.get(keyOf.installation))
  if (found === null) return good('nobodys')
  return found === textOf(mine) ? good('mine') : bad(refusal(found, mine))
}

function textOf({ install, mode }: Installation): string {
  const kept: Kept = mode === 'sandbox' ? 'sandbox' : 'armed'
  return JSON.stringify({ install, mode: kept })
}

function refusal(found: string | null, mine: Installation): string {
  return `this Redis belongs to the installation ${found ?? 'that was just removed'}, not to ${JSON.stringify(mine)}: use another Redis or database number, or start with its name and mode (${WORDS})`
}

const WORDS = 'armed stands for the real provider, which may also be observed'
