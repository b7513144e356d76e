import { ALL_STEPS, type Trouble } from './trouble.ts'
import { runTwin } from './twin.ts'

/** Every act, and every undo, twice: the write is delivered twice, the tick runs twice from the same record. */
export const TWICE: readonly Trouble[] = [
  ...[0, 2_000].map(
    (lateMs): Trouble => ({
      name: `delivered twice, ${lateMs} ms apart`,
      fault: () => 'write delivered twice',
      steps: ['write'],
      mishap: { fault: 'delivered twice', effect: 'twice', lateMs },
      heals: true,
    }),
  ),
  ...(['tick run twice', 'two workers at once'] as const).map(
    (fault, at): Trouble => ({
      name:
        at === 0 ? 'the tick is run twice at the same moment' : 'another worker runs the same tick meanwhile',
      fault: () => fault,
      steps: at === 0 ? ['read'] : ALL_STEPS,
      meanwhile: (world, call) => runTwin(world, call),
      heals: true,
    }),
  ),
]
