import type { CloudFailureKind } from '@snapferry/migration'
import { type Call, LOOK_FAULTS, type Mishap, WRITE_FAULTS } from '../src/index.ts'
import type { Fault, Trouble } from './trouble.ts'

interface Bad {
  readonly fault: Fault | null | Trouble['fault']
  readonly mishap: Omit<Mishap, 'fault'>
  readonly heals: boolean
}

const no = (kind: CloudFailureKind, status: number | null, nothing = true): Omit<Mishap, 'fault'> => ({
  ...{ reply: { kind, status, nothing }, effect: 'none' },
})

/** Answers that say that nothing was done; those that no time heals may end the journey. */
const REFUSALS: Readonly<Record<string, Bad>> = {
  '400': { fault: '400', mishap: no('refused', 400), heals: false },
  '401': { fault: '401', mishap: no('credentials', 401), heals: true },
  '403': { fault: '403', mishap: no('forbidden', 403), heals: false },
  '404': { fault: '404', mishap: no('missing', 404), heals: false },
  '409': { fault: '409', mishap: no('busy', 409), heals: true },
  '412': { fault: '412', mishap: no('in-use', 412), heals: true },
  '423': { fault: '423', mishap: no('locked', 423), heals: false },
  '429': { fault: '429', mishap: no('throttled', 429), heals: true },
  '403 frozen': { fault: null, mishap: no('frozen', 403), heals: false },
  'our own stop': { fault: null, mishap: no('stopped', null), heals: true },
}

/** Only of work that goes on a state is waited for. */
const unknown = ({ phase, call }: Call): Fault | null =>
  call === 'GetSnapshot' && (phase === 'snapshot' || phase === 'export' || phase === 'import')
    ? 'state unknown'
    : null

const LOOK: Readonly<Record<string, Bad>> = {
  ...REFUSALS,
  '500': { fault: '500', mishap: LOOK_FAULTS['500'], heals: true },
  '502': { fault: '502', mishap: LOOK_FAULTS['502'], heals: true },
  '504': { fault: '504', mishap: LOOK_FAULTS['504'], heals: true },
  'time-out': { fault: 'time-out (not done)', mishap: LOOK_FAULTS.timeout, heals: true },
  'connection refused': {
    fault: 'connection refused',
    mishap: LOOK_FAULTS['connection refused'],
    heals: true,
  },
  'connection reset': { fault: 'connection reset', mishap: LOOK_FAULTS['connection reset'], heals: true },
  'wrong JSON': { fault: 'wrong JSON', mishap: LOOK_FAULTS['unreadable 2xx'], heals: true },
  HTML: { fault: 'HTML', mishap: LOOK_FAULTS.HTML, heals: true },
  'a state nobody knows': { fault: unknown, mishap: LOOK_FAULTS['unknown state'], heals: true },
  slow: { fault: null, mishap: LOOK_FAULTS.slow, heals: true },
}

/** A lost answer, by what the write came to. */
function lost(fault: Fault, name: keyof typeof WRITE_FAULTS): Readonly<Record<string, Bad>> {
  const mishap = WRITE_FAULTS[name]
  return {
    [`${fault}; nothing was done`]: { fault, mishap: { ...mishap, effect: 'none' }, heals: true },
    [`${fault}; it was done`]: { fault, mishap: { ...mishap, effect: 'done' }, heals: true },
    [`${fault}; it is done late`]: {
      fault: 'write done late',
      mishap: { ...mishap, effect: 'late', lateMs: 9_000 },
      heals: true,
    },
  }
}

const WRITE: Readonly<Record<string, Bad>> = {
  ...REFUSALS,
  '403 quota': { fault: '403 quota', mishap: no('quota', 403), heals: true },
  'our own client observes': { fault: null, mishap: no('observing', null), heals: true },
  ...lost('500', '500 and done'),
  ...lost('502', '502 and done'),
  ...lost('504', '504 and done late'),
  ...lost('connection reset', 'connection reset and done'),
  ...lost('wrong JSON', 'unreadable 2xx'),
  ...lost('HTML', 'HTML'),
  'time-out; nothing was done': {
    fault: 'time-out (not done)',
    mishap: WRITE_FAULTS['timeout and not done'],
    heals: true,
  },
  'time-out; it was done': {
    fault: 'time-out (but done)',
    mishap: WRITE_FAULTS['timeout and done'],
    heals: true,
  },
  'time-out; it is done late': {
    fault: 'write done late',
    mishap: WRITE_FAULTS['timeout and done late'],
    heals: true,
  },
  'connection refused': {
    fault: 'connection refused',
    mishap: WRITE_FAULTS['connection refused'],
    heals: true,
  },
  slow: { fault: null, mishap: WRITE_FAULTS.slow, heals: true },
}

function answersOf(step: 'look' | 'write', bad: Readonly<Record<string, Bad>>): Trouble[] {
  return Object.entries(bad).map(([name, { fault, mishap, heals }]) => ({
    ...{
      name,
      fault: typeof fault === 'function' ? fault : () => fault,
      steps: [step],
      mishap: { fault: name, ...mishap },
      heals,
    },
  }))
}

/** Every kind of answer that is none, to looks and to writes. */
export const ANSWERS: readonly Trouble[] = [...answersOf('look', LOOK), ...answersOf('write', WRITE)]
