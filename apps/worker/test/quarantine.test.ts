import type { MigrationId, Reading } from '@snapferry/migration'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { quarantine } from '../src/quarantine.ts'
import { anId } from './stage.ts'

const never = new AbortController().signal

/** A ward whose migrations last ended a tick at these counts of crashes. */
function aWard(closedAt: ReadonlyMap<MigrationId, number | undefined> = new Map()) {
  const underWay: MigrationId[] = []
  const reads: MigrationId[] = []
  const ends = new Map<MigrationId, () => void>()
  const carry = async (id: MigrationId): Promise<number> => {
    underWay.push(id)
    await new Promise<void>((resolve) => ends.set(id, resolve))
    underWay.splice(underWay.indexOf(id), 1)
    return 60_000
  }
  const read = async (id: MigrationId) => {
    reads.push(id)
    // Nothing else of a reading is asked for.
    return closedAt.has(id) ? ({ pulse: { crashes: closedAt.get(id) } } as Reading) : null
  }
  const run = quarantine(carry, { journal: { read }, dice: () => 0.5, asideMs: 400 })
  return { run, underWay, reads, end: (id: MigrationId) => ends.get(id)?.() }
}

const turns = async () => {
  for (let turn = 0; turn < 10; turn++) await Promise.resolve()
}

describe('the quarantine', () => {
  test.each<[string, { closedAt?: number; crashes: number; isSuspect: boolean }]>([
    ['never', { crashes: 0, isSuspect: false }],
    ['once', { crashes: 1, isSuspect: false }],
    ['twice', { crashes: 2, isSuspect: true }],
    ['twice, long ago', { closedAt: 2, crashes: 2, isSuspect: false }],
    ['once since its last tick, and often before', { closedAt: 70, crashes: 71, isSuspect: false }],
    ['twice since its last tick, and often before', { closedAt: 70, crashes: 72, isSuspect: true }],
    ['once since its job was added anew', { closedAt: 70, crashes: 1, isSuspect: false }],
    ['three times since its job was added anew', { closedAt: 70, crashes: 3, isSuspect: true }],
  ])('of a migration whose worker died %s', async (_, { closedAt, crashes, isSuspect }) => {
    const [other, id] = [anId(), anId()]
    const it = aWard(new Map([[id, closedAt]]))
    void it.run(other, never, 5)
    await turns()
    const answer = it.run(id, never, crashes)
    await turns()
    expect(it.underWay).toEqual(isSuspect ? [other] : [other, id])
    it.end(id)
    expect(await answer).toBe(isSuspect ? 400 : 60_000)
  })

  test('costs no read for a migration under which nobody died', async () => {
    const id = anId()
    const it = aWard()
    const done = it.run(id, never, 0)
    await turns()
    it.end(id)
    await done
    expect(it.reads).toEqual([])
  })

  test('is free again when the suspect has ended its tick, also when that threw', async () => {
    let fails = true
    const ids = [anId(), anId()] as const
    const run = quarantine(
      async () => {
        if (fails) throw new Error('no luck')
        return 'ended'
      },
      { journal: { read: async () => null }, dice: () => 0 },
    )
    await expect(run(ids[0], never, 9)).rejects.toThrow('no luck')
    fails = false
    expect(await run(ids[1], never, 9)).toBe('ended')
  })

  test('never has two suspects under way, whatever comes in what order', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ who: fc.nat(5), crashes: fc.nat(4), isEnd: fc.boolean() }), { maxLength: 40 }),
        async (moves) => {
          const ids = Array.from({ length: 6 }, () => anId())
          const crashesOf = new Map<MigrationId, number>()
          const it = aWard()
          for (const { who, crashes, isEnd } of moves) {
            const id = ids[who]!
            if (isEnd) it.end(id)
            else if (!it.underWay.includes(id)) {
              crashesOf.set(id, crashes)
              void it.run(id, never, crashes)
            }
            await turns()
            const suspects = it.underWay.filter((one) => crashesOf.get(one)! >= 2)
            expect(suspects.length).toBeLessThanOrEqual(1)
          }
        },
      ),
    )
  })
})
