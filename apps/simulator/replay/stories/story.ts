import type { Migration, MigrationId, Rule } from '@snapferry/migration'
import {
  type Asked,
  type Call,
  type Fate,
  type Mishap,
  type Work,
  type World,
  writeFault,
} from '../../src/index.ts'

export const SECOND = 1_000
export const MINUTE = 60 * SECOND
export const HOUR = 60 * MINUTE

/** One history worth keeping: what is asked for, what happens to it, and what it must then tell. */
export interface Story {
  readonly asked?: Asked
  readonly onCall?: (call: Call) => Mishap | null
  readonly onWork?: (work: Work) => Partial<Fate>
  /** Before anything happens. */
  readonly before?: (world: World) => void
  /** Between its acceptance and the first look. */
  readonly afterwards?: (world: World) => void
  /** After each event of the migration. */
  readonly onEvent?: (world: World, m: Migration, type: string) => void
  readonly state: Migration['state']
  /** Rules that must have decided in it: without them it would be another story. */
  readonly rules: readonly Rule[]
}

/** A thing that arrives, with the rules of every journey and these. */
export function carried(asked: Asked, ...rules: readonly Rule[]): Story {
  const all: readonly Rule[] = [
    'checks-good',
    'nothing-made',
    'copy-good',
    'mark-seen',
    'nothing-left',
    ...rules,
  ]
  return { asked, state: 'succeeded', rules: all }
}

/** A write of this name meets this, the first so many times. */
export function meets(
  operation: string,
  fault: Parameters<typeof writeFault>[0],
  times = 1,
): (call: Call) => Mishap | null {
  return ({ call, attempt }) => (call === operation && attempt <= times ? writeFault(fault) : null)
}

/** The first such piece of work has this fate. */
export function first(what: Work['what'], fate: Partial<Fate>): (work: Work) => Partial<Fate> {
  return (work) => (work.what === what && work.attempt === 1 ? fate : {})
}

/** Every such piece of work has this fate. */
export function every(what: Work['what'], fate: Partial<Fate>): (work: Work) => Partial<Fate> {
  return (work) => (work.what === what ? fate : {})
}

/** Something happens once in a world, a moment after such an event. */
export function once(
  is: (m: Migration, type: string) => boolean,
  run: (world: World, id: MigrationId) => void,
  afterMs = SECOND,
): NonNullable<Story['onEvent']> {
  const over = new WeakSet<World>()
  return (world, m, type) => {
    if (over.has(world) || !is(m, type)) return
    over.add(world)
    world.after(afterMs, () => run(world, m.id))
  }
}

/** Whether the create of a phase was just announced or settled. */
export function begins(phase: string): (m: Migration, type: string) => boolean {
  return (m, type) =>
    m.state === 'running' && m.phase === phase && (type === 'settled' || type === 'intended')
}

/** Whether it waits for a person. */
export function isParked(m: Migration): boolean {
  return m.state === 'needs_attention'
}
