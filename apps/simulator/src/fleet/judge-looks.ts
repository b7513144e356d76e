import { type Change, decide, type Looks, type Moment, needs, observe } from '@snapferry/migration'
import type { World } from '../world.ts'
import type { Looked, Run } from './run.ts'

/**
 * Says of every look that was answered otherwise than the truth whether it mattered: whether the decision of this
 * tick would have been another one with the true answers. Both are decided anew, by the rules themselves.
 */
export function judgeLooks(world: World, run: Run, { before }: Change): void {
  const incidents = run.looks.flatMap((look) => look.incidents)
  run.isMisled = false
  if (run.reading === null || incidents.length === 0) return
  const { record } = run.reading
  const { now, redisRun } = before
  const moment: Moment = { now, redisRun, pulse: run.reading.pulse, dice: run.dice }
  const question = needs(record, moment)
  const { looks } = run
  const told = async (side: 'given' | 'truth'): Promise<string> => {
    const seen = await observe(question, replay(looks, side))
    return JSON.stringify(decide(record, seen, world.policy, moment))
  }
  // All of it is at hand: it is decided before anything else happens.
  Promise.all([told('given'), told('truth')]).then(
    ([given, truth]) => {
      if (given === truth) return
      for (const incident of incidents) incident.mattered = true
    },
    // A look that only the other answers lead to was never made; that alone is another way.
    () => {
      for (const incident of incidents) incident.mattered = true
    },
  )
}

class NeverLooked extends Error {
  override name = 'NeverLooked'
}

/** Looks that answer as they did. */
function replay(looks: readonly Looked[], side: 'given' | 'truth'): Looks {
  const again = async <T>(key: string): Promise<T> => {
    const look = looks.find((one) => one.key === key)
    if (look === undefined) throw new NeverLooked(key)
    return look[side] as T
  }
  const rows = (backend: 'instance' | 'block'): Looks['block'] => ({
    backend,
    find: ({ id }) => again(`find ${backend} ${id}`),
    findVolume: ({ id }) => again(`volume ${backend} ${id}`),
    tagged: ({ tag }) => again(`tagged ${backend} ${tag}`),
  })
  return {
    instance: rows('instance'),
    block: rows('block'),
    images: {
      bucket: () => again('bucket'),
      list: ({ prefix }) => again(`list ${prefix}`),
      head: ({ key }) => again(`head ${key}`),
      read: () => again('read'),
    },
    judge: { judge: ({ key }) => again(`judge ${key}`), images: ({ prefix }) => again(`images ${prefix}`) },
  }
}
