import { LISTED, type SweepReport } from '@snapferry/migration'
import type { Logger } from 'pino'
import type { BusinessEvents } from './events.ts'
import type { Metrics } from './metrics.ts'

/** One line for each sweep: how much there is of what, what was done, and what was not seen. The things are in Redis. */
export function sweepEvents(log: Logger, metrics: Metrics): Pick<BusinessEvents, 'sweepEnded'> {
  return {
    sweepEnded(report) {
      const outcome = outcomeOf(report)
      metrics.sweeps.inc({ outcome })
      for (const kind of LISTED) {
        metrics.orphans.set({ kind }, report.counts[kind].things)
        metrics.orphanBytes.set({ kind }, report.counts[kind].bytes)
      }
      const { id, by, dryRun, marked, counts, startedAt, finishedAt } = report
      const notSeen = report.places.filter((place) => place.notSeen !== null)
      const refused = report.refused.map(({ code }) => code)
      const places = {
        seen: report.places.length - notSeen.length,
        notSeen: notSeen.map(({ place }) => place),
      }
      const line = { sweep: id, by, dryRun, refused, marked, counts, places, tookMs: finishedAt - startedAt }
      log[notSeen.length > 0 || outcome === 'refused' ? 'warn' : 'info'](line, 'sweep ended')
    },
  }
}

/** A dry run that something spoke against has only looked all the same. */
function outcomeOf({ dryRun, refused }: SweepReport): 'looked' | 'removing' | 'refused' {
  if (dryRun) return 'looked'
  return refused.length > 0 ? 'refused' : 'removing'
}
