import { copyTag, good } from '@snapferry/migration'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { carryOn } from '../src/index.ts'
import { history, importing, openStage, reading, type Stage } from './stage.ts'

let it: Stage
beforeAll(async () => {
  it = await openStage()
})
beforeEach(() => it.reset())
afterAll(() => it.close())

const never = new AbortController().signal

describe('one activation', () => {
  test('carries a migration on as long as its ticks follow each other at once', async () => {
    const { record } = await importing(it)
    const provider = it.ferry.providers['default']!
    const { looks } = provider
    const bucket = {
      images: { ...looks.images, head: async () => good(null) },
      judge: { ...looks.judge, images: async () => good([]) },
    }
    const ferry = {
      ...it.ferry,
      providers: { default: { ...provider, looks: { ...looks, ...bucket } } },
    }
    const sleepMs = await carryOn(record.id, ferry, never)
    expect(await history(it, record)).toEqual(['created', 'intended', 'settled made'])
    await it.freeze(Number(sleepMs))
    it.cloud.rows = it.cloud.rows.map((row) => ({
      ...row,
      tags: [copyTag(record)],
      state: { kind: 'available', word: 'available' },
    }))
    expect(await carryOn(record.id, ferry, never)).toBe('ended')
    const after = (await history(it, record)).slice(3)
    expect(after).toEqual(['phase-completed', 'phase-completed', 'kept', 'ledger-settled'])
  })

  test('stops between two ticks when it is told to', async () => {
    const { record } = await importing(it)
    const stop = new AbortController()
    it.cloud.afterSend = async () => stop.abort()
    await carryOn(record.id, it.ferry, stop.signal)
    const { looked } = it.cloud
    expect(await carryOn(record.id, it.ferry, stop.signal)).not.toBe('ended')
    expect(it.cloud.looked).toBe(looked)
  })

  test('ends after a number of ticks even when each of them says to go on', async () => {
    const { record } = await importing(it)
    let reads = 0
    const read = it.ferry.journal.read.bind(it.ferry.journal)
    const journal = {
      ...it.ferry.journal,
      read: (id: typeof record.id) => {
        reads++
        return read(id)
      },
      append: async () => ({ outcome: 'overtaken' }) as const,
    }
    expect(await carryOn(record.id, { ...it.ferry, journal }, never)).toBe(0)
    expect(reads).toBeGreaterThanOrEqual(16)
    expect(reads).toBeLessThan(200)
    expect((await reading(it, record.id)).record.events).toBe(1)
  })
})
