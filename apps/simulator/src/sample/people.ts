import { cancel, resume, type SteerNeeds } from '@snapferry/api'
import type { Change, MigrationId } from '@snapferry/migration'
import { appendRow } from '../redis/append-row.ts'
import { readRow } from '../redis/memory-journal.ts'
import { whereOf } from '../story/note.ts'
import type { World } from '../world.ts'

const ME = { name: 'me' }

/** Somebody asks to cancel, through the code of the API; it refuses what comes too late. */
export function askCancel(world: World, id: MigrationId): void {
  if (world.memory.rows.has(id)) steer(world, cancel(needsOf(world, 'cancel'), id, ME))
}

/** Somebody asks to move a parked migration on, through the code of the API. */
export function askRetry(world: World, id: MigrationId): void {
  if (!world.memory.rows.has(id)) return
  world.witness.note(id).retries++
  steer(world, resume(needsOf(world, 'retry'), id, ME))
}

function steer(world: World, asked: Promise<unknown>): void {
  world.stir()
  asked.catch((error: unknown) => world.story.fail(`a request threw: ${String(error)}`))
}

/** The journal as the API reaches it: every call takes its milliseconds, and the workers do not wait for it. */
function needsOf(world: World, what: string): SteerNeeds {
  const { memory, time, chance } = world
  const call = <T>(effect: () => T): Promise<T> => {
    const { promise, resolve } = Promise.withResolvers<T>()
    time.after(chance.between(0, 2), () => {
      const answer = effect()
      time.after(chance.between(0, 2), () => {
        world.stir()
        resolve(answer)
      })
    })
    return promise
  }
  return {
    journal: {
      read: (id) => call(() => readRow(memory, id)),
      append: (change) => call(() => appended(world, change, what)),
    },
    telemetry: { eventRecorded: () => {} },
  }
}

/** A request matters when it moved the record. */
function appended(world: World, change: Change, what: string) {
  const { before, after } = change
  const incident = world.witness.happened(after.id, what, 'any')
  const answer = appendRow(world.memory, change)
  if (answer.outcome === 'appended') {
    incident.mattered = whereOf(before.record) !== whereOf(after)
    world.witness.appended(change, null)
  }
  world.fleet.stirDrains()
  return answer
}
