import { expect, test } from 'vitest'
import { EXIT, type StopSignal, stopOnSignals } from '../src/stop-on-signals.ts'

/** A process that only notes what is done to it. */
function aProcess(close: () => Promise<void>) {
  const noted: (string | number)[] = []
  let [signal, ring] = [(_: StopSignal) => {}, () => {}]
  stopOnSignals({
    onSignal: (listener) => {
      signal = listener
    },
    close: (name) => {
      noted.push(`close for ${name}`)
      return close()
    },
    limitMs: 15_000,
    timer: (ms, alarm) => {
      noted.push(ms)
      ring = alarm
      return () => {}
    },
    say: (line) => noted.push(line),
    exit: (code) => noted.push(code),
  })
  return { noted, signal: (name: StopSignal) => signal(name), ring: () => ring() }
}

const never = () => new Promise<void>(() => {})
const turns = async () => {
  for (let turn = 0; turn < 5; turn++) await Promise.resolve()
}

test.each<[string, () => Promise<void>, (it: ReturnType<typeof aProcess>) => void, unknown[]]>([
  ['closes and exits', async () => {}, () => {}, [EXIT.stopped]],
  [
    'exits when closing fails',
    () => Promise.reject(new Error('no door')),
    () => {},
    ['stopped badly: no door', EXIT.cut],
  ],
  [
    'exits when closing takes too long',
    never,
    (it) => it.ring(),
    ['not everything was answered within 15 s', EXIT.cut],
  ],
  [
    'exits at once at a second signal, and says so in one line',
    never,
    (it) => it.signal('SIGINT'),
    [expect.stringMatching(/^SIGINT again: [^\n]+$/), EXIT.atOnce],
  ],
])('at a signal it %s', async (_, close, then, noted) => {
  const it = aProcess(close)
  it.signal('SIGTERM')
  then(it)
  await turns()
  expect(it.noted).toEqual([15_000, 'close for SIGTERM', ...noted])
})
