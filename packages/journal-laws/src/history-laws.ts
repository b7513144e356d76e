import type { Journal } from '@snapferry/migration'
import { assert, asyncProperty, integer } from 'fast-check'
import { expect, test } from 'vitest'
import { aChange, anEvent, anId } from './a-migration.ts'
import { look, put, textOf } from './put.ts'

/** What histories must do: give the events as they were appended. */
export function historyLaws(journal: () => Journal): void {
  test('any page size reads the events in the order they were appended', async () => {
    let reading = await put(journal())
    for (let n = 1; n < 40; n++) {
      await journal().append(aChange(reading, { events: [anEvent(`${n}`)] }))
      reading = await look(journal(), reading.record.id)
    }
    const expected = ['created', ...Array.from({ length: 39 }, (_, n) => `${n + 1}`)]
    await assert(
      asyncProperty(integer({ min: 1, max: 50 }), async (limit) => {
        const seen: string[] = []
        for (;;) {
          const page = await journal().events(reading.record.id, seen.length, limit)
          seen.push(...page.map(textOf))
          if (page.length < limit) break
        }
        expect(seen).toEqual(expected)
      }),
      { numRuns: 20 },
    )
  })

  test.each([
    [-1, 10],
    [0, 0],
    [0.5, 10],
    [0, 1_001],
  ])('events after %s, %s of them, is refused', async (after, limit) => {
    await expect((async () => await journal().events(anId(), after, limit))()).rejects.toThrow(RangeError)
  })
}
