import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { inodeOf } from '../chaos/connection-owner.ts'
import { openDice } from '../chaos/dice.ts'
import { planFaults } from '../chaos/fault-plan.ts'
import { ordersOf } from '../chaos/load.ts'
import { askedOf, commandOf, HELP, readOptions } from '../chaos/options.ts'
import { openRecoveries } from '../chaos/recoveries.ts'
import { stormOf } from '../chaos/weather.ts'
import { saidIn } from '../chaos/witness.ts'

const seeds = fc.integer({ min: 0, max: 4_294_967_295 })
const A = `mig_${'a'.repeat(26)}`
const B = `mig_${'b'.repeat(26)}`

describe('a seed', () => {
  test('gives the same faults, the same weather and the same orders again', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const plan = () => planFaults(openDice(seed), askedOf(readOptions(['--short'])), 25_000)
        const orders = () => ordersOf(openDice(seed), { migrations: 40, installations: 2, spreadMs: 9_000 })
        expect(plan()).toEqual(plan())
        expect(orders()).toEqual(orders())
        expect(stormOf(openDice(seed), 3)).toEqual(stormOf(openDice(seed), 3))
      }),
      { numRuns: 20 },
    )
  })

  test('gives a plan with more than is asked, all within the time', () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 1, max: 10 }), (seed, minutes) => {
        const asked = askedOf(readOptions(['--minutes', String(minutes)]))
        const plan = planFaults(openDice(seed), asked, minutes * 60_000)
        const count = (...what: string[]) => plan.filter((fault) => what.includes(fault.do)).length
        expect(count('kill-worker')).toBeGreaterThan(40 * minutes)
        expect(count('freeze-worker', 'freeze-api')).toBeGreaterThan(20 * minutes)
        expect(count('kill-redis')).toBeGreaterThanOrEqual(minutes)
        expect(count('kill-provider')).toBeGreaterThanOrEqual(minutes)
        expect(count('kill-api')).toBeGreaterThan(0)
        for (const fault of plan) {
          const endMs = fault.atMs + ('forMs' in fault ? fault.forMs : 0)
          expect(endMs).toBeLessThanOrEqual(minutes * 60_000 + 100)
        }
      }),
      { numRuns: 50 },
    )
  })

  test('gives lists that are late, and never later than the policy expects', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const { listLagMs } = stormOf(openDice(seed), 1)
        expect(listLagMs).toBeGreaterThan(0)
        expect(listLagMs).toBeLessThanOrEqual(30_000)
      }),
    )
  })

  test('gives orders of every kind, of which some are cancelled and no two ask one installation for the same', () => {
    fc.assert(
      fc.property(seeds, fc.constantFrom(1, 2), (seed, installations) => {
        const orders = ordersOf(openDice(seed), { migrations: 200, installations, spreadMs: 60_000 })
        expect(new Set(orders.map(({ kind, api }) => `${kind} ${api}`)).size).toBe(6)
        expect(orders.filter(({ cancelAfterMs }) => cancelAfterMs !== null)).toHaveLength(10)
        const keys = orders.map(({ installation, source, to }) => `${installation} ${source} ${to}`)
        expect(new Set(keys).size).toBe(200)
        for (const { from, to } of orders) expect(from).not.toBe(to)
      }),
      { numRuns: 30 },
    )
  })
})

describe('the command line', () => {
  test.each([
    [['--migrations', '0'], '--migrations takes a number'],
    [['--minutes', 'many'], '--minutes takes a number'],
    [['--installations', '3'], '--installations takes a number from 1 to 2'],
    [['--rewind-seconds', '290'], 'must leave room'],
    [['--storm'], 'pnpm chaos --help'],
  ])('%j is refused: %s', (args, words) => {
    expect(() => readOptions(args)).toThrow(words)
  })

  test('the printed command repeats the run', () => {
    const args = ['--short', '--seed', '9', '--rewind', '--installations', '2', '--migrations', '50']
    const options = readOptions(args)
    const again = readOptions(commandOf(options).split(' ').slice(2))

    expect({ ...again, stormMs: Math.round(again.stormMs / 100) }).toEqual({
      ...options,
      stormMs: Math.round(options.stormMs / 100),
    })
  })

  test('the help fits 80 columns', () => {
    for (const line of HELP.split('\n')) expect(line.length, line).toBeLessThanOrEqual(80)
  })
})

describe('recoveries', () => {
  test('a death is over when a living holder has read each of its migrations', () => {
    const book = openRecoveries()
    book.took(A, 'w1', 0)
    book.took(B, 'w1', 0)
    book.died('w1', 1_000)
    book.took(A, 'w2', 12_000)
    book.read(A, 'w2', 12_100)
    expect(book.deaths()).toMatchObject([{ recoveredMs: null, missing: [B] }])
    book.took(B, 'w3', 13_000)
    book.read(B, 'w3', 13_500)

    expect(book.deaths()).toMatchObject([{ recoveredMs: 12_500, missing: [], handedOn: 0 }])
    expect(book.waiting).toBe(0)
  })

  test('what was let go before the death was not in hand', () => {
    const book = openRecoveries()
    book.took(A, 'w1', 0)
    book.released(A)
    book.died('w1', 1_000)

    expect(book.deaths()).toEqual([])
  })

  test('a read by somebody who does not hold the job counts for nothing', () => {
    const book = openRecoveries()
    book.took(A, 'w1', 0)
    book.died('w1', 1_000)
    book.read(A, 'w2', 2_000)

    expect(book.deaths()).toMatchObject([{ recoveredMs: null, missing: [A] }])
  })

  test('time in which no worker lived is told, and not counted', () => {
    const book = openRecoveries()
    book.took(A, 'w1', 0)
    book.died('w1', 10_000)
    book.nobody(5_000, 11_000)
    book.nobody(20_000, 22_000)
    book.took(A, 'w2', 24_000)
    book.read(A, 'w2', 25_000)
    book.nobody(24_500, 26_000)

    expect(book.deaths()).toMatchObject([{ recoveredMs: 11_500, nobodyMs: 3_500 }])
  })

  test('a successor that is killed before it reads has not read: the row is measured to the read', () => {
    const book = openRecoveries()
    book.took(A, 'w1', 0)
    book.died('w1', 1_000)
    book.took(A, 'w2', 13_000)
    book.died('w2', 13_100)
    book.took(A, 'w3', 26_000)
    book.read(A, 'w3', 26_100)

    expect(book.deaths()).toMatchObject([
      { worker: 'w1', recoveredMs: 0, handedOn: 1 },
      { worker: 'w2', recoveredMs: 13_000, handedOn: 0 },
    ])
    book.nobody(14_000, 15_000)
    expect(book.rows()).toEqual([{ migration: A, deaths: 2, tookMs: 24_100, nobodyMs: 1_000 }])
  })

  test('one death is no row, and nor is one after a read', () => {
    const book = openRecoveries()
    book.took(A, 'w1', 0)
    book.died('w1', 1_000)
    book.took(A, 'w2', 13_000)
    book.read(A, 'w2', 13_100)
    book.died('w2', 14_000)
    book.took(A, 'w3', 26_000)
    book.read(A, 'w3', 26_100)

    expect(book.rows()).toEqual([])
    expect(book.deaths()).toMatchObject([{ recoveredMs: 12_100 }, { recoveredMs: 12_100 }])
  })
})

describe('the stream of commands', () => {
  const tag = '{snapferry}'
  test.each([
    [
      `"evalsha" "51d5" "4" "${tag}:record:${A}" "${tag}:nudges" "${tag}:clock" "${tag}:holds" "${A}" "1"`,
      'read',
    ],
    [`"SET" "${tag}:migrations:${A}:lock" "1f0e:12" "PX" "10000"`, 'locked'],
    [`"DEL" "${tag}:migrations:${A}:lock"`, 'unlocked'],
  ])('%s says %s', (command, what) => {
    expect(saidIn(command)).toEqual({ what, migration: A })
  })

  test.each([
    `"HMGET" "${tag}:record:${A}" "record" "v" "wakeAt" "pulse"`,
    `"evalsha" "51d5" "12" "${tag}:record:${A}" "${tag}:events:${A}"`,
    `"get" "${tag}:clock"`,
    '"PING"',
  ])('%s says nothing here', (command) => {
    expect(saidIn(command)).toBeNull()
  })

  test('a connection is found by both its ports', () => {
    const table = [
      '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode',
      '   0: 0100007F:18EB 0100007F:C350 01 00000000:00000000 00:00000000 00000000     0        0 111 1',
      '   1: 0100007F:C350 0100007F:18EB 01 00000000:00000000 00:00000000 00000000     0        0 222 1',
      '   2: 0100007F:C351 0100007F:18EB 06 00000000:00000000 03:00000000 00000000     0        0 0 1',
    ].join('\n')

    expect(inodeOf(table, 50_000, 6_379)).toBe('222')
    expect(inodeOf(table, 50_001, 6_379)).toBeNull()
    expect(inodeOf(table, 50_000, 6_380)).toBeNull()
  })
})
