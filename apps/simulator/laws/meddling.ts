import type { MigrationId } from '@snapferry/migration'
import { type Call, takeAway, type World } from '../src/index.ts'
import type { Fault, Trouble } from './trouble.ts'

const AT_INSPECT = { missing: 'object missing', empty: 'object empty', cut: 'object truncated' } as const

/** What others do to our things, and to the source, between two calls. */
export const MEDDLING: readonly Trouble[] = [
  ...(['source', 'copy'] as const).map(
    (what): Trouble => ({
      name: `somebody removes the ${what}`,
      fault: ({ phase }) => goneAt(phase, what),
      steps: ['read', 'write'],
      meanwhile: (world, { migration }) => takeAway(world, migration, what),
      heals: false,
    }),
  ),
  {
    name: 'the source breaks',
    fault: ({ phase }) => (phase === 'export' ? 'state error' : null),
    steps: ['read', 'write'],
    meanwhile: breakSource,
    heals: false,
  },
  ...(['missing', 'empty', 'cut'] as const).map(
    (how): Trouble => ({
      name: `somebody leaves the image ${how}`,
      fault: ({ phase }) => (phase === 'inspect' ? AT_INSPECT[how] : null),
      steps: ['read', 'write'],
      meanwhile: (world, { migration }) => spoil(world, migration, how),
      heals: false,
    }),
  ),
]

/** The provider shows the source in state error from now on. */
function breakSource(world: World, { migration }: Call): boolean {
  const { source } = world.memory.rows.get(migration)?.record.plan ?? {}
  const row = source?.kind === 'snapshot' ? world.cloud.rows.get(source.id) : undefined
  if (row === undefined || source?.kind !== 'snapshot') return false
  world.cloud.rows.set(row.id, { ...row, ending: 'error' })
  world.witness.note(migration).meddled.add('source')
  return true
}

function goneAt(phase: Call['phase'], what: 'source' | 'copy'): Fault | null {
  if (what === 'source') return phase === 'export' ? 'gone meanwhile' : null
  return phase === 'import' || phase === 'verify' ? 'gone meanwhile' : null
}

function spoil(world: World, id: MigrationId, how: keyof typeof AT_INSPECT): boolean {
  const image = [...world.cloud.objects.values()].find(({ key, isForeign }) => !isForeign && key.includes(id))
  if (image === undefined) return false
  takeAway(world, id, 'image')
  if (how === 'missing') return true
  const bytes = how === 'empty' ? 0 : image.bytes - 1
  world.cloud.put({ ...image, bytes, header: how === 'empty' ? 'none' : image.header, isWhole: false })
  return true
}
