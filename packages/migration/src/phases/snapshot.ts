import { record } from '../decision.ts'
import { marksFor } from '../marks.ts'
import { takenName } from '../plan.ts'
import { creating } from './create.ts'
import { known } from './rules.ts'

/** Takes a snapshot of the volume, and makes sure that it is the only one of this round. */
export const snapshot = creating({
  phase: 'snapshot',
  what: 'taken-snapshot',
  role: 'taken-snapshot',
  working: 'taking-snapshot',
  broken: { error: 'snapshot-error', invalid: 'snapshot-error', vanished: 'snapshot-error' },
  siblings: true,
  claims: () => [],
  where: ({ plan }) => ({
    backend: known(plan.backend, 'backend'),
    zone: known(plan.from, 'from'),
    project: known(plan.sourceProject, 'sourceProject'),
  }),
  act: (m, intent) => {
    const zone = known(m.plan.from, 'from')
    const project = known(m.plan.sourceProject, 'sourceProject')
    const order = {
      zone,
      volume: known(m.facts.volume, 'volume'),
      name: takenName(m),
      project,
      tags: marksFor(m),
    }
    return { act: 'take-snapshot', intent, backend: known(m.plan.backend, 'backend'), order }
  },
  done: (m, { row, siblings }, item) => {
    const extras = siblings
      .filter(({ id }) => id !== row.id)
      .map(({ id, backend, zone }) => ({
        thing: { what: 'taken-snapshot' as const, id, backend, zone },
        round: item.round,
      }))
    const sizeBytes = m.plan.copy.sizeBytes ?? row.sizeBytes
    const facts = { snapshot: row.id, takenAt: row.createdAt, sourceBytes: row.sizeBytes, sizeBytes }
    return record('snapshot-ready', {
      type: 'phase-completed',
      phase: 'snapshot',
      facts,
      made: [{ thing: item.thing, round: item.round }],
      extras,
    })
  },
})
