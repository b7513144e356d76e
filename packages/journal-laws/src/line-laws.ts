import type { MigrationId, Reading } from '@snapferry/migration'
import { array, assert, asyncProperty, constantFrom, integer, oneof, record } from 'fast-check'
import { expect, test } from 'vitest'
import type { JournalUnderTest, Limits } from './limited-journal.ts'
import { look, must } from './put.ts'
import { anItem, FLEET, sitting, ZONE } from './sitting.ts'

/** One of a handful of migrations, as the model sees it. */
interface Item {
  readonly id: MigrationId
  readonly gigabytes: number
  /** Where it stands in a line: the smaller comes first. */
  readonly rank: number
  readonly slots: readonly string[]
  state: 'idle' | 'refused' | 'waiting' | 'seated' | 'gone'
  /** The line it stands in. */
  line: string | null
  /** What its tick read that was refused and has not ended. */
  reading: Reading | null
}

type Step =
  | { readonly do: 'ask' | 'close' | 'leave' | 'park'; readonly at: number }
  | { readonly do: 'limit'; readonly slot: string; readonly limits: Limits }

const ITEMS = 7
const at = integer({ min: 0, max: ITEMS - 1 })
const some = (max: number) => oneof(constantFrom(null), integer({ min: 1, max }))
const limits = record({ concurrent: some(3), bytes: some(12).map((n) => (n === null ? null : n * 1e9)) })
const step = oneof(
  { weight: 5, arbitrary: record({ do: constantFrom('ask' as const), at }) },
  { weight: 3, arbitrary: record({ do: constantFrom('close' as const), at }) },
  { weight: 2, arbitrary: record({ do: constantFrom('leave' as const), at }) },
  { weight: 1, arbitrary: record({ do: constantFrom('park' as const), at }) },
  {
    weight: 1,
    arbitrary: record({ do: constantFrom('limit' as const), slot: constantFrom(FLEET, ZONE), limits }),
  },
)
const item = record({
  gigabytes: integer({ min: 0, max: 15 }),
  age: integer({ min: 0, max: 3 }),
  priority: constantFrom(0, 0, 1, 9),
  isNarrow: constantFrom(true, false),
})

/** What lines of budgets must do under any interleaving of ticks, cancels and changes of the limits. */
export function lineLaws(it: () => JournalUnderTest): void {
  test('whatever comes in which order: no budget is overdrawn, nobody passes, and who may sit is woken', async () => {
    const plans = record({
      items: array(item, { minLength: ITEMS, maxLength: ITEMS }),
      steps: array(step, { minLength: 5, maxLength: 60 }),
      first: limits,
    })
    await assert(
      asyncProperty(plans, async ({ items, steps, first }) => {
        await it().empty()
        const play = new Play(it)
        await play.seat(items)
        for (const one of [{ do: 'limit', slot: FLEET, limits: first } as const, ...steps])
          await play.take(one)
        await play.drain()
      }),
      { numRuns: 60 },
    )
  })
}

/** A game of ticks against a journal, held against a model of its budgets. */
class Play {
  readonly #it: () => JournalUnderTest
  readonly #of: ReturnType<typeof sitting>
  readonly #items: Item[] = []
  readonly #limits = new Map<string, Limits>()

  constructor(it: () => JournalUnderTest) {
    this.#it = it
    this.#of = sitting(() => it().journal)
  }

  async seat(
    items: readonly { gigabytes: number; age: number; priority: number; isNarrow: boolean }[],
  ): Promise<void> {
    for (const { gigabytes, age, priority, isNarrow } of items) {
      // Ages lie so close, and priorities so far apart, that both decide.
      const m = anItem({ gigabytes, age: age * 10 * 60_000, priority })
      await this.#of.put(m)
      const slots = isNarrow ? [FLEET, ZONE] : [FLEET]
      const rank = m.createdAt - priority * 15 * 60_000
      this.#items.push({ id: m.id, gigabytes, rank, slots, state: 'idle', line: null, reading: null })
    }
  }

  async take(step: Step): Promise<void> {
    if (step.do === 'limit') {
      this.#limits.set(step.slot, step.limits)
      await this.#it().journal.budgets.set(step.slot, step.limits)
    } else {
      const item = must(this.#items[step.at])
      if (step.do === 'ask' && (item.state === 'idle' || item.state === 'waiting')) await this.#ask(item)
      if (step.do === 'close' && item.state === 'refused') await this.#close(item)
      if (step.do === 'leave' && item.state === 'seated') await this.#leave(item)
      if (step.do === 'park' && (item.state === 'idle' || item.state === 'waiting')) await this.#park(item)
    }
    await this.#compare()
  }

  async #ask(item: Item): Promise<void> {
    const reading = await look(this.#it().journal, item.id)
    const answer = await this.#of.sit(reading, item.slots)
    const wall = item.slots.find((slot) => this.#isFull(slot, item)) ?? null
    expect(answer.outcome === 'full' ? answer.slot : answer.outcome).toBe(wall ?? 'appended')
    item.line = wall
    item.state = wall === null ? 'seated' : 'refused'
    item.reading = wall === null ? null : reading
  }

  async #close(item: Item): Promise<void> {
    await this.#of.close(must(item.reading ?? undefined))
    item.state = 'waiting'
    item.reading = null
  }

  async #leave(item: Item): Promise<void> {
    await this.#of.leave(item.id)
    item.state = 'gone'
  }

  async #park(item: Item): Promise<void> {
    await this.#of.park(item.id)
    item.state = 'gone'
    item.line = null
  }

  #seated(slot: string): readonly Item[] {
    return this.#items.filter(({ state, slots }) => state === 'seated' && slots.includes(slot))
  }

  /** The rule itself: places and those before it in line; bytes, with whom nobody sits beside, and nobody before it. */
  #isFull(slot: string, item: Item): boolean {
    const { concurrent, bytes } = this.#limits.get(slot) ?? { concurrent: null, bytes: null }
    const seated = this.#seated(slot)
    const ahead = this.#items.filter((one) => one.line === slot && isBefore(one, item)).length
    const weight = seated.reduce((sum, { gigabytes }) => sum + gigabytes * 1e9, 0)
    if (concurrent !== null && seated.length + ahead >= concurrent) return true
    return bytes !== null && (ahead > 0 || (seated.length > 0 && weight + item.gigabytes * 1e9 > bytes))
  }

  async #compare(): Promise<void> {
    for (const slot of [FLEET, ZONE]) {
      const seated = this.#seated(slot)
      const use = (await this.#of.use(slot)) ?? { used: 0, usedBytes: 0, waiting: 0 }
      expect([use.used, use.usedBytes, use.waiting]).toEqual([
        seated.length,
        seated.reduce((sum, { gigabytes }) => sum + gigabytes * 1e9, 0),
        this.#items.filter(({ line }) => line === slot).length,
      ])
    }
  }

  /** From here on nobody moves but who was woken: all the same everybody comes to sit. */
  async drain(): Promise<void> {
    for (let passes = 0; this.#items.some(({ state }) => state !== 'gone'); passes++) {
      expect(passes, 'somebody was never woken').toBeLessThan(3 * ITEMS)
      for (const item of this.#items) {
        if (item.state === 'refused') await this.#close(item)
        if (item.state === 'seated') await this.#leave(item)
        const isAwake =
          item.state === 'idle' || (item.state === 'waiting' && (await this.#of.nudges(item.id)) > 0)
        if (isAwake) await this.#ask(item)
      }
    }
    await this.#compare()
  }
}

function isBefore(one: Item, item: Item): boolean {
  return one.rank < item.rank || (one.rank === item.rank && one.id < item.id)
}
