import { openProvider } from '@snapferry/scaleway'
import { judgeAll } from './checks.ts'
import { openDoctorRedis } from './doctor-redis.ts'
import type { Finding } from './finding.ts'
import { lookAround } from './look-around.ts'
import type { DoctorConfig } from './setup.ts'
import type { Setup } from './sight.ts'

/** What the doctor found, and of what. */
export interface Diagnosis {
  readonly setup: Setup
  readonly findings: readonly Finding[]
}

/**
 * Looks at the whole installation and judges it. It writes nothing: the provider is opened with every write refused in
 * the client, whatever the mode, and Redis is only asked. Rejects when the provider may not be opened at all.
 */
export async function runDoctor(
  { access, redisUrl, setup }: DoctorConfig,
  clock: () => number = Date.now,
): Promise<Diagnosis> {
  const provider = await openProvider(access, { stopping: new AbortController().signal, readOnly: true })
  const redis = openDoctorRedis(redisUrl, { install: setup.install, mode: setup.mode }, clock)
  try {
    const { inspector, looks } = provider
    const sight = await lookAround(setup, { inspector, looks, redis, clock })
    return { setup: sight.setup, findings: judgeAll(sight) }
  } finally {
    redis.close()
    await provider.close()
  }
}
