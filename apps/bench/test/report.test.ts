import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Pair } from '../src/bench-engine.ts'
import { readInfo } from '../src/meter.ts'
import { HELP, readOptions } from '../src/options.ts'
import { tableOf } from '../src/report.ts'
import { spreadOf } from '../src/spread.ts'

const spent = { ms: 2_000, nodeCpuMs: 1_000, redisCpuMs: 500, scripts: 4_400, commands: 44_000 }
const aPair = (parts: Partial<Pair> = {}): Pair => ({
  migrations: 100,
  ticks: 1_100,
  transitions: 1_000,
  engine: spent,
  worker: { ...spent, ms: 1_000 },
  bareTransitions: 1_000,
  bare: { ...spent, ms: 1_000 },
  ...parts,
})

test('the table shows medians with their spread, and the ratio of runs side by side', () => {
  const slower = aPair({ engine: { ...spent, ms: 4_000 } })
  const table = tableOf([{ concurrency: 50, pairs: [aPair(), slower, aPair()] }])
  expect(table).toMatchInlineSnapshot(`
    "ticks at a time                          50
    migrations/s                             50
      least–greatest                      25–50
    ticks per migration                   11.00
      least–greatest                11.00–11.00
    transitions/s                           500
      least–greatest                    250–500
    bare transitions/s                     1000
      least–greatest                  1000–1000
    ratio (engine / bare)                  0.50
      least–greatest                  0.25–0.50
    migrations/s, worker                    100
      least–greatest                    100–100

    what one tick costs (medians)
    scripts                                4.00
    commands                               40.0
    Node, us of processor                   909
    Redis, us of processor                  455
    bare: scripts                          4.00
    bare: commands                         40.0
    bare: Node, us                          909
    bare: Redis, us                         455"
  `)
})

test('the table of three columns stays within 80 columns up to six digits', () => {
  const fast = aPair({ migrations: 999_999, engine: { ...spent, ms: 1_000 } })
  const pairs = [aPair({ migrations: 100_000 }), fast]
  const lines = tableOf([1, 50, 200].map((concurrency) => ({ concurrency, pairs }))).split('\n')
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80)
})

describe('a spread', () => {
  test.each([
    [[3], { median: 3, min: 3, max: 3 }],
    [[4, 1], { median: 2.5, min: 1, max: 4 }],
    [[9, 1, 5, 7, 3], { median: 5, min: 1, max: 9 }],
  ])('of %j', (values, expected) => expect(spreadOf(values)).toEqual(expected))

  test('of nothing is refused', () => expect(() => spreadOf([])).toThrow(RangeError))

  test('has as many values on either side of its median, whatever their order', () => {
    fc.assert(
      fc.property(fc.array(fc.integer(), { minLength: 1 }), (values) => {
        const { median } = spreadOf(values)
        const below = values.filter((value) => value < median).length
        const above = values.filter((value) => value > median).length
        expect(Math.max(below, above)).toBeLessThanOrEqual(values.length / 2)
      }),
    )
  })
})

test('the cost of Redis is read from its INFO', () => {
  const info = [
    '# CPU',
    'used_cpu_sys:0.5',
    'used_cpu_user:1.25',
    'used_cpu_sys_children:9',
    '# Commandstats',
    'cmdstat_evalsha:calls=10,usec=5,usec_per_call=0.50,rejected_calls=0,failed_calls=0',
    'cmdstat_eval:calls=2,usec=5,usec_per_call=2.50,rejected_calls=0,failed_calls=0',
    'cmdstat_hget:calls=30,usec=5,usec_per_call=0.16,rejected_calls=0,failed_calls=0',
  ].join('\r\n')
  expect(readInfo(info)).toEqual({ cpuMs: 1_750, scripts: 12, commands: 42 })
})

describe('the command line', () => {
  test.each([
    [['engine'], { bench: 'engine', quick: false, help: false }],
    [['qcow2', '--quick'], { bench: 'qcow2', quick: true, help: false }],
    [['engine', '--quick'], { quick: true, help: false }],
    [['--help'], { quick: false, help: true }],
    [['calls'], { bench: 'calls', fleet: { sizes: [1, 10, 100, 1_000], source: 'snapshot', workers: 1 } }],
    [['calls', '--quick'], { quick: true, fleet: { sizes: [2], jumps: true, json: false } }],
    [['latency', '--sizes', '1, 10', '--json'], { bench: 'latency', fleet: { sizes: [1, 10], json: true } }],
    [['calls', '--source', 'volume', '--workers', '2'], { fleet: { source: 'volume', workers: 2 } }],
    [['calls', '--rate', '2.5'], { fleet: { rate: 2.5 } }],
    [['calls', '--warm', '0'], { fleet: { warm: 0 } }],
    [['latency', '--warm', '30'], { fleet: { warm: 30, rate: null } }],
    [
      ['calls', '--set', 'SNAPFERRY_X=a=b', '--real-time'],
      { fleet: { settings: { SNAPFERRY_X: 'a=b' }, jumps: false } },
    ],
  ])('%j is understood', (args, expected) => expect(readOptions(args)).toMatchObject(expected))

  test.each([
    [[], /^which bench\? say pnpm bench engine/],
    [['disk'], /^there is no bench "disk"; say/],
    [['engine', 'disk'], /^there is no bench "engine disk"; say/],
    [['engine', 'qcow2'], /^there is no bench "engine qcow2"; say/],
    [['engine', '--fast'], /^Unknown option '--fast'; say/],
    [['engine', '--json'], /^--json is only for calls and latency; say/],
    [['calls', '--sizes', '0'], /^--sizes takes whole numbers from 1 to 5000, not "0"$/],
    [['calls', '--sizes', '1,,2'], /^--sizes takes whole numbers from 1 to 5000, not ""$/],
    [['calls', '--sizes', '1e3'], /^--sizes takes whole numbers/],
    [['latency', '--workers', '99'], /^--workers takes whole numbers from 1 to 16, not "99"$/],
    [['calls', '--rate', '0'], /^--rate takes a number above 0, up to 1000, not "0"$/],
    [['calls', '--source', 'disk'], /^--source takes one of snapshot, volume, image, not "disk"$/],
    [['calls', '--set', 'PATH=x'], /^--set takes NAME=value of SNAPFERRY_, not "PATH=x"$/],
  ])('%j is refused with what may be said', (args, words) => expect(() => readOptions(args)).toThrow(words))

  test('the help fits 80 columns', () => {
    expect(Math.max(...HELP.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80)
  })
})
