import { advance, type Ferry } from '@snapferry/worker'
import { journalPort } from '../src/fleet/journal-port.ts'
import { lookPort } from '../src/fleet/look-port.ts'
import { Run } from '../src/fleet/run.ts'
import { writePort } from '../src/fleet/write-port.ts'
import type { Call, World } from '../src/index.ts'

/** Another worker runs a tick of the same migration, although its job is not free: BullMQ promises less than that. */
export function runTwin(world: World, { migration, worker }: Call): void {
  const machine = world.fleet.machines.find(({ name }) => name !== worker)
  if (machine === undefined) throw new Error('a twin needs a second worker')
  const run = new Run(machine, { id: migration, token: 'twin', crashes: 0 })
  world.after(0, () => {
    world.stir()
    advance(migration, ferryOf(world, run), run.signal).catch((error: unknown) =>
      world.story.fail(`a tick threw: ${String(error)}`),
    )
  })
}

function ferryOf(world: World, run: Run): Ferry {
  const looks = lookPort(world, run)
  const writesFor = (permit: () => boolean) => writePort(world, run, permit)
  return {
    journal: journalPort(world, run),
    providers: { default: { looks, writesFor } },
    policy: world.policy,
    dice: () => world.chance.roll(),
    monotonicMs: () => world.time.now,
    recorded: () => {},
    defect: (m, error) => world.witness.defect(m, error),
  }
}
