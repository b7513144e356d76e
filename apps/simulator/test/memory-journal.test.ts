import { aChange, anEvent, describeJournal, put, textOf } from '@snapferry/journal-laws'
import { expect, test } from 'vitest'
import { Memory } from '../src/redis/memory.ts'
import { memoryJournal } from '../src/redis/memory-journal.ts'

/** One journal whose memory is exchanged for an empty one before each law. */
describeJournal('the journal in memory', async () => {
  let movedMs = 0
  const clock = (): number => Date.now() + movedMs
  let memory = new Memory(clock)
  let journal = memoryJournal(memory)
  return {
    get journal() {
      return journal
    },
    empty: async () => {
      movedMs = 0
      memory = new Memory(clock)
      journal = memoryJournal(memory)
    },
    moveOn: async (ms) => {
      movedMs += ms
    },
    copies: async () => [...memory.copies.values()],
    close: async () => {},
  }
})

test('a memory put back to an earlier moment knows nothing of what came later, and is another Redis', async () => {
  let now = 1_000
  const memory = new Memory(() => now)
  const journal = memoryJournal(memory)
  const before = await put(journal)
  now = 2_000
  await journal.append(aChange(before, { events: [anEvent('later')], nudge: true }))
  const later = await journal.read(before.record.id)
  now = 3_000
  expect(memory.restore(1_500)).toBeGreaterThan(0)
  const back = await journal.read(before.record.id)
  expect(back).toEqual({ ...before, now: 3_000, redisRun: memory.redisRun })
  expect(back?.redisRun).not.toBe(before.redisRun)
  expect((await journal.events(before.record.id, 0, 10)).map(textOf)).toEqual(['created'])
  expect(await journal.append(aChange(later!, {})), 'what was read before the loss is stale').toEqual({
    outcome: 'overtaken',
  })
  await journal.append(aChange(back!, { events: [anEvent('anew')] }))
  expect((await journal.events(before.record.id, 0, 10)).map(textOf)).toEqual(['created', 'anew'])
})

test('what was created after the moment is gone with its claims and nudges', async () => {
  let now = 1_000
  const memory = new Memory(() => now)
  const journal = memoryJournal(memory)
  now = 2_000
  const { record } = await put(journal)
  memory.restore(1_500)
  expect(await journal.read(record.id)).toBeNull()
  expect([memory.nudges.size, memory.naturals.size, memory.claims.size]).toEqual([0, 0, 0])
  await put(journal, record.state === 'queued' ? record : undefined)
})
