import type { Durations, DurationsByApi } from '../durations.ts'
import type { Quotas } from '../quotas.ts'
import type { SnapshotApi } from '../resource.ts'
import { LIKELIEST, type Switches } from '../switches.ts'
import type { World } from '../world.ts'
import { BadWish } from './bad-wish.ts'

/** Rules to be changed; what is left out stays. */
export interface WantedRules {
  switches?: Partial<Switches>
  durations?: Partial<Record<SnapshotApi, Partial<Durations>>>
  quotas?: Partial<Quotas>
}

/** Changes the rules, also over a restart. */
export function setRules(world: World, wanted: WantedRules): void {
  refuseUnknown(wanted.switches, LIKELIEST, 'switch')
  refuseUnknown(wanted.quotas, world.quotas, 'quota')
  for (const api of ['instance', 'block'] as const) {
    refuseUnknown(wanted.durations?.[api], world.durations[api], `${api} duration`)
  }
  const durations: DurationsByApi = {
    instance: { ...world.durations.instance, ...wanted.durations?.instance },
    block: { ...world.durations.block, ...wanted.durations?.block },
  }
  world.switches = { ...world.switches, ...wanted.switches }
  world.quotas = { ...world.quotas, ...wanted.quotas }
  world.durations = durations
  world.rules.put({ id: 'rules', switches: world.switches, durations, quotas: world.quotas })
}

function refuseUnknown(wanted: object | undefined, known: object, what: string): void {
  for (const name of Object.keys(wanted ?? {})) {
    if (!(name in known))
      throw new BadWish(`there is no ${what} "${name}"; there are ${Object.keys(known).join(', ')}`)
  }
}
