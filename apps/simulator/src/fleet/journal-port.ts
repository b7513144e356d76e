import type { Change, Journal } from '@snapferry/migration'
import { appendRow } from '../redis/append-row.ts'
import { readRow } from '../redis/memory-journal.ts'
import type { World } from '../world.ts'
import { judgeLooks } from './judge-looks.ts'
import type { Run } from './run.ts'
import { reach } from './wire.ts'

/** The journal as a run reaches it. */
export function journalPort(world: World, run: Run): Journal {
  return {
    read: () =>
      reach(world, run, {
        step: 'read',
        call: 'read',
        effect: () => {
          run.looks = []
          run.isMisled = false
          run.readAt = world.time.now
          run.reading = readRow(world.memory, run.id)
          return run.reading
        },
      }),
    append: (change) => {
      if (run.isMisled) judgeLooks(world, run, change)
      return reach(world, run, {
        step: change.closing ? 'close' : 'announce',
        call: 'append',
        effect: (mishap) => {
          const answer = appended(world, run, change)
          // The line broke before the answer: the client sends the same command again on the next one.
          return mishap?.effect === 'twice' ? appended(world, run, change) : answer
        },
      })
    },
    clock: nobody,
    create: nobody,
    events: nobody,
    list: nobody,
  }
}

function appended(world: World, run: Run, change: Change) {
  const answer = appendRow(world.memory, change)
  if (answer.outcome === 'appended') {
    const last = change.events.at(-1)
    if (last?.type === 'intended') run.announced = { intent: last.intent, at: world.time.now, isSent: false }
    for (const write of run.writes) write.mattered = true
    run.writes = []
    if (change.closing) run.closings++
    world.witness.appended(change, run)
  } else world.witness.refused(change, run, answer.outcome)
  world.fleet.stirDrains()
  return answer
}

function nobody(): never {
  throw new Error('no tick asks for that')
}
