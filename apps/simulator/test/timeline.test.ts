import { array, assert, integer, property } from 'fast-check'
import { expect, test } from 'vitest'
import { Timeline } from '../src/timeline.ts'

test('things happen by time, and at the same time in the order they were asked for', () => {
  assert(
    property(array(integer({ min: 0, max: 20 }), { maxLength: 200 }), (delays) => {
      const time = new Timeline(1_000)
      const happened: { at: number; order: number }[] = []
      for (const [order, ms] of delays.entries()) time.after(ms, () => happened.push({ at: time.now, order }))
      while (time.step());
      const wanted = delays
        .map((ms, order) => ({ at: 1_000 + ms, order }))
        .toSorted((a, b) => a.at - b.at || a.order - b.order)
      expect(happened).toEqual(wanted)
    }),
  )
})
