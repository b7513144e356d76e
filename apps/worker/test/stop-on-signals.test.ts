import { describe, expect, test } from 'vitest'
import { EXIT, type EXIT_OF } from '../src/exit-codes.ts'
import { type StopSignal, stopOnSignals } from '../src/stop-on-signals.ts'

/** A process that only notes what is done to it. */
function aProcess(close: () => Promise<keyof typeof EXIT_OF>) {
  const noted: (string | number)[] = []
  let signal = (_: StopSignal) => {}
  stopOnSignals({
    onSignal: (listener) => {
      signal = listener
    },
    close: () => {
      noted.push('close')
      return close()
    },
    say: (line) => noted.push(line),
    exit: (code) => noted.push(code),
  })
  return { noted, signal: (name: StopSignal) => signal(name) }
}

const turns = async () => {
  for (let turn = 0; turn < 5; turn++) await Promise.resolve()
}

describe('the first signal', () => {
  test.each([
    ['finished', ['close', 0]],
    ['handed-back', ['close', 0]],
    ['cut', ['close', expect.stringContaining('Redis did not answer'), 71]],
  ] as const)('closes the worker and exits with what that came to: %s', async (ending, noted) => {
    for (const name of ['SIGTERM', 'SIGINT'] as const) {
      const it = aProcess(async () => ending)
      it.signal(name)
      await turns()
      expect(it.noted).toEqual(noted)
    }
  })

  test('exits and says so when closing fails', async () => {
    const it = aProcess(() => Promise.reject(new Error('no door')))
    it.signal('SIGTERM')
    await turns()
    expect(it.noted).toEqual(['close', 'stopped badly: no door', 71])
  })
})

test.each([
  ['SIGTERM', 'SIGTERM'],
  ['SIGTERM', 'SIGINT'],
  ['SIGINT', 'SIGTERM'],
] as const)('after %s, %s ends at once and says so in one line', async (first, second) => {
  const it = aProcess(() => new Promise(() => {}))
  it.signal(first)
  expect(it.noted).toEqual(['close'])
  it.signal(second)
  expect(it.noted).toEqual(['close', expect.stringMatching(`^${second} again: [^\\n]+$`), 72])
})

test('each exit code says one thing, and none is one of Node’s or of a signal', () => {
  const codes = Object.values(EXIT)
  expect(new Set(codes).size).toBe(codes.length)
  for (const code of codes.filter((one) => one > 1)) expect(code > 13 && code < 128).toBe(true)
})
