import { openLease, type openRedis } from '@snapferry/redis'
import { ArchiveTrouble } from './archive-trouble.ts'

const LEASE_MS = 15_000

/**
 * Does something while nobody else writes to the archive: the chore of a worker and the command of an operator share this lease.
 * Throws `ArchiveTrouble` when another has it. `work` gets a signal that aborts when it is lost.
 */
export async function holdingLease<T>(
  redis: ReturnType<typeof openRedis>,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const lease = openLease(redis, 'archive-writing', LEASE_MS)
  if (!(await lease.keep()))
    throw new ArchiveTrouble('somebody else writes to the archive at this moment: try again')
  const lost = new AbortController()
  const timer = setInterval(() => {
    lease.keep().then(
      (isOurs) => isOurs || lost.abort(),
      () => lost.abort(),
    )
  }, LEASE_MS / 3)
  try {
    return await work(lost.signal)
  } finally {
    clearInterval(timer)
    await lease.release().catch(() => {})
  }
}
