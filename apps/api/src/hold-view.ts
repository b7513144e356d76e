import { HOLDS, type HoldView } from '@snapferry/contracts'
import type { Hold, MigrationId } from '@snapferry/migration'
import { time } from './view.ts'

/** A hold as people see it, with who stands under it. */
export function toHoldView(
  hold: Hold,
  standing: { readonly waiting: number; readonly examples: readonly MigrationId[] },
): HoldView {
  const { name, kind, stops, since, probeAt, probe } = hold
  const { waits, fix } = HOLDS[kind]
  return {
    ...{ name, kind, scope: scopeView(hold), stops, since: time(since) },
    ...(kind === 'drain' ? drainView(hold) : { answered: answeredView(hold) }),
    affected: { waiting: standing.waiting, examples: [...standing.examples], text: waits },
    ...(probeAt === null ? {} : { nextTryTime: time(probeAt) }),
    ...(probe === null ? {} : { triedBy: probe }),
    fix,
  }
}

function drainView({ said, by }: Hold): Pick<HoldView, 'reason' | 'by'> {
  return { reason: said, ...(by === null ? {} : { by }) }
}

function answeredView({ call, said, requestId, lastAt, times }: Hold): NonNullable<HoldView['answered']> {
  return { call, words: said, requestId, lastTime: time(lastAt), times }
}

/** `profile/<name>`, `zone/<zone>`, `bucket/<region>/<name>`, or the fleet. */
function scopeView({ scope }: Hold): HoldView['scope'] {
  const [what, first = '', second = ''] = scope.split('/')
  switch (what) {
    case 'profile':
      return { profile: first }
    case 'zone':
      return { zone: first }
    case 'bucket':
      return { bucket: second, region: first }
    default:
      return 'fleet'
  }
}
