import { fine, note, type Said, wrong } from '../finding.ts'
import type { Sight } from '../sight.ts'

/** Whether anybody wakes migrations. */
export function checkQueue({ redis }: Sight): readonly Said[] {
  if (!redis.ok) return []
  const { queue, overdue, unended } = redis.value
  const { waiting, delayed, active, failed, isPaused } = queue
  const said: Said[] = [
    fine(
      `${unended} migrations have not ended; jobs: ${waiting} waiting, ${delayed} sleeping, ${active} active`,
    ),
  ]
  if (isPaused) said.push(wrong('the queue is paused: nobody takes a job', 'resume it'))
  if (overdue > 0)
    said.push(
      wrong(
        `${overdue}${overdue >= 1_000 ? ' or more' : ''} migrations should have been looked at more than a minute ago`,
        'see that a worker of this installation and version runs, and its log',
      ),
    )
  if (failed > 0)
    said.push(
      note(
        `${failed} jobs failed in the queue; their migrations are found again by the reconciler`,
        'see the log of the workers',
      ),
    )
  return said
}
