import { type MigrationId, migrationIdOf, slotName } from '@snapferry/migration'
import type { AccountFault } from '../../src/account/account.ts'
import { lookFault, type World } from '../../src/index.ts'
import { takePlace } from '../../src/redis/places.ts'
import { HOUR, MINUTE, meets, type Story } from './story.ts'

/** What is the account's, the fleet's or an operator's: it is waited for, and no attempt is spent. */
export const HELD: Readonly<Record<string, Story>> = {
  'key-revoked-and-rotated': {
    afterwards: (world) => breaks(world, 'key revoked', 5_000, HOUR),
    ...{ state: 'succeeded', rules: ['hold-credentials', 'copy-good'] },
  },
  'quota-used-up-and-raised': {
    ...{ onCall: meets('ImportSnapshot', '403 quota', 3), state: 'succeeded' },
    rules: ['write-held', 'copy-good'],
  },
  'bucket-closed-and-opened': {
    asked: { source: 'volume' },
    afterwards: (world) => breaks(world, 'bucket closed', 60_000, 20 * MINUTE),
    ...{ state: 'succeeded', rules: ['hold-bucket', 'copy-good'] },
  },
  'last-look-forbidden-for-a-while': {
    onCall: ({ phase, step, call, attempt }) =>
      phase === 'tidy' && step === 'look' && call.startsWith('List') && attempt < 12
        ? lookFault('403')
        : null,
    ...{ state: 'succeeded', rules: ['hold-bucket', 'nothing-left'] },
  },
  drained: {
    before: (world) => {
      const hold = {
        name: 'drain:fleet',
        kind: 'drain',
        scope: 'fleet',
        stops: 'creates',
        act: null,
      } as const
      const told = { said: 'the bucket moves', call: null, requestId: null, by: 'me', probeAt: null } as const
      void world.journal.holds.put({ ...hold, ...told })
      world.after(30 * MINUTE, () => {
        void world.journal.holds.lift('drain:fleet')
        world.fleet.stirDrains()
      })
    },
    ...{ state: 'succeeded', rules: ['hold-drain', 'copy-good'] },
  },
  'export-budget-full': {
    before: (world) => seated(world, slotName('export', null)),
    ...{ state: 'succeeded', rules: ['budget-full', 'export-due'] },
  },
  'import-budget-full': {
    before: (world) => seated(world, slotName('import', { scope: 'zone', value: 'fr-par-2' })),
    ...{ state: 'succeeded', rules: ['budget-full', 'nothing-made'] },
  },
}

const NOBODY: MigrationId = migrationIdOf(new Uint8Array(26))

/** Somebody else has the one place of a budget for a while. */
function seated(world: World, slot: string): void {
  void world.journal.budgets.set(slot, { concurrent: 1, bytes: null })
  takePlace(world.memory, slot, { id: NOBODY }, 1)
  world.after(20 * MINUTE, () => {
    void world.journal.budgets.free(slot, NOBODY, null)
    world.fleet.stirDrains()
  })
}

function breaks(world: World, fault: AccountFault, afterMs: number, forMs: number): void {
  world.after(afterMs, () => world.account.breaks(fault, world.time.now))
  world.after(afterMs + forMs, () => world.account.heals(fault, world.time.now))
}
