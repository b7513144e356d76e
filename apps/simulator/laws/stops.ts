import { askCancel, type Call, type World } from '../src/index.ts'
import { ALL_STEPS, type Fault, type Trouble } from './trouble.ts'

const FROZEN_MS = 60_000
const HOUR = 3_600_000

/** A process that stops before this call takes effect, or after: before the call, before the save, or after it. */
function killed(when: 'before' | 'after') {
  return ({ step }: Call): Fault => {
    if (step === 'sleep' || (step === 'close' && when === 'after')) return 'killed after the save'
    const isCalled = step === 'close' || ((step === 'look' || step === 'write') && when === 'after')
    return isCalled ? 'killed after the call' : 'killed before the call'
  }
}

/** Every way in which a process can stop, and Redis with it, at one point. */
export const STOPS: readonly Trouble[] = [
  ...(['before', 'after'] as const).flatMap((when): Trouble[] => [
    {
      name: `killed ${when} it takes effect`,
      fault: killed(when),
      steps: ALL_STEPS,
      mishap: { fault: 'worker killed', kill: when },
      heals: true,
    },
    {
      name: `frozen ${when} it takes effect, and taken over`,
      fault: () => 'frozen and taken over',
      steps: ALL_STEPS,
      mishap: { fault: 'worker frozen', freeze: { when, forMs: FROZEN_MS } },
      heals: true,
    },
    {
      name: `killed ${when} it takes effect, and Redis fails over`,
      fault: () => 'redis failover',
      steps: ALL_STEPS,
      mishap: { fault: 'worker killed', kill: when },
      meanwhile: (world) => world.after(700, () => world.failOver(900, 'Redis fails over')),
      ...{ heals: true, forgets: true },
    },
  ]),
  {
    name: 'Redis fails over',
    fault: () => 'redis failover',
    steps: ALL_STEPS,
    meanwhile: (world) => world.after(1, () => world.failOver(900, 'Redis fails over')),
    ...{ heals: true, forgets: true },
  },
  {
    name: 'Redis is put back to half of the way',
    fault: () => 'redis rewound',
    steps: ALL_STEPS,
    meanwhile: rewind,
    ...{ heals: true, forgets: true },
  },
  ...([1_000, 60_000] as const).map(
    (beforeMs): Trouble => ({
      name: `Redis answers ${beforeMs / 1_000} s late`,
      fault: () => (beforeMs === 1_000 ? 'redis answers 1 s late' : 'redis answers 60 s late'),
      steps: ['read', 'announce', 'close', 'sleep'],
      mishap: { fault: 'Redis answers late', beforeMs },
      heals: true,
    }),
  ),
  {
    name: 'an append is sent again, since its answer was lost',
    fault: () => 'append sent again',
    steps: ['announce', 'close'],
    mishap: { fault: 'append sent again', effect: 'twice' },
    heals: true,
  },
  {
    name: 'the worker is told to stop',
    fault: () => 'drained',
    steps: ALL_STEPS,
    meanwhile: (world, { migration }) => {
      for (const run of world.fleet.runsOf(migration)) run.abort()
    },
    heals: true,
  },
  ...([1, -1] as const).map(
    (hours): Trouble => ({
      name: `the clock of Redis jumps by ${hours} h`,
      fault: () => (hours > 0 ? 'clock 1 h ahead' : 'clock 1 h behind'),
      steps: ALL_STEPS,
      meanwhile: (world) => setClock(world, hours * HOUR),
      heals: true,
      jumps: true,
    }),
  ),
  {
    name: 'somebody asks to cancel',
    fault: () => 'cancel',
    steps: ALL_STEPS,
    meanwhile: (world, { migration }) => world.after(0, () => askCancel(world, migration)),
    heals: false,
  },
]

/** Sets what Redis takes for the time, by how far it is off the true one (milliseconds). */
export function setClock(world: World, offMs: number): void {
  Object.assign(world.memory, { clock: () => world.time.now + offMs })
}

/** The migration goes on from the middle of what it has done, as a Redis that was put back says. */
function rewind(world: World, { migration }: Call): void {
  const { createdAt } = world.witness.note(migration)
  world.after(1, () => world.failOver(Math.floor((world.time.now - createdAt) / 2), 'Redis is put back'))
}
