import {
  type Backend,
  type MigrationId,
  slotName,
  slotOf,
  type Work,
  weightOf,
  type Zone,
} from '@snapferry/migration'
import { short } from '../story/story.ts'
import type { World } from '../world.ts'

/** One piece of work that the provider does for us at this moment. */
interface Doing {
  readonly by: MigrationId
  readonly zone: Zone
  readonly backend: Backend
}

/**
 * What budgets promise, counted at the provider and not in the journal: at no moment do more migrations export or import
 * than a limit allows. One does not count
 * - when it ever was parked: a person is waited for, and its place was given back while the provider may still work,
 * - when Redis forgot a part of it: what it had begun by then it may have to find again,
 * - when a second piece of its work was under way at one time (a create that was delivered twice, or again after an answer
 *   that was lost): the first that is good ends the phase, and the other one is waited for without a place,
 * - from when it has left the phase, and
 * - when it had its place before the limit was lowered: nobody is sent away.
 */
export class Limits {
  readonly #world: World
  readonly #twins = new Map<MigrationId, Set<Work>>()
  readonly #seated = new Map<string, Set<MigrationId>>()

  constructor(world: World) {
    this.#world = world
  }

  /** A limit is about to be changed: who has a place keeps it. */
  lowering(slot: string): void {
    const seated = this.#seated.get(slot) ?? new Set<MigrationId>()
    for (const { record } of this.#world.memory.rows.values())
      if (record.claims.includes(slot)) seated.add(record.id)
    this.#seated.set(slot, seated)
  }

  /** The provider has begun something for a migration. */
  begun(work: Work, by: MigrationId): void {
    const { memory, story } = this.#world
    const doing = this.#doing(work)
    if (doing.filter((one) => one.by === by).length > 1) {
      const twins = this.#twins.get(by) ?? new Set<Work>()
      this.#twins.set(by, twins.add(work))
    }
    for (const [slot, { concurrent, bytes }] of memory.budgets.entries()) {
      const ids = this.#counted(slot, work, doing)
      const weight = ids.reduce((sum, id) => sum + this.#weightOf(id), 0)
      const who = ids.map(short).join(', ')
      if (concurrent !== null && ids.length > concurrent)
        story.fail(`${slot} allows ${concurrent}, and at the provider run ${who}`)
      if (bytes !== null && ids.length > 1 && weight > bytes)
        story.fail(`${slot} allows ${bytes} bytes, and at the provider run ${who} with ${weight}`)
    }
  }

  /** The migrations whose work at the provider counts in a budget. */
  #counted(slot: string, work: Work, doing: readonly Doing[]): readonly MigrationId[] {
    const of = slotOf(slot)
    if (of?.work !== work) return []
    const inScope = doing.filter(({ by, ...where }) => {
      const { profile } = this.#world.witness.note(by).folded.plan
      const value = of.scope === null ? null : { ...where, profile }[of.scope]
      return slotName(work, of.scope === null || value === null ? null : { scope: of.scope, value }) === slot
    })
    return [...new Set(inScope.map(({ by }) => by))].filter((id) => this.#counts(id, slot, work))
  }

  #counts(id: MigrationId, slot: string, work: Work): boolean {
    const { isParked, losses, folded } = this.#world.witness.note(id)
    const isThere = folded.state === 'unwinding' || (folded.state === 'running' && folded.phase === work)
    const isExcused = isParked || losses.length > 0 || this.#twins.get(id)?.has(work) === true
    return isThere && !isExcused && this.#seated.get(slot)?.has(id) !== true
  }

  #weightOf(id: MigrationId): number {
    return weightOf(this.#world.witness.note(id).folded)
  }

  #doing(work: Work): readonly Doing[] {
    const { cloud, notes } = this.#world
    if (work === 'import')
      return [...cloud.rows.values()].flatMap(({ by, image, workUntil, goneAt, zone, backend }): Doing[] =>
        by === null || image === null || workUntil <= cloud.now || goneAt !== null
          ? []
          : [{ by, zone, backend }],
      )
    return cloud.exports.flatMap(({ source, key }): Doing[] => {
      const by = key.split('/').find((part): part is MigrationId => notes.has(part as MigrationId))
      const row = cloud.rows.get(source)
      return by === undefined || row === undefined ? [] : [{ by, zone: row.zone, backend: row.backend }]
    })
  }
}
