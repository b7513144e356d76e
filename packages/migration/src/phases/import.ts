import { record } from '../decision.ts'
import { backendOf, bytes } from '../ids.ts'
import { marksFor } from '../marks.ts'
import { copyName } from '../plan.ts'
import { slotsFor } from '../slots.ts'
import { creating } from './create.ts'
import { known } from './rules.ts'

/** Imports the image as a snapshot of the wanted type in the target zone, under its final name. */
export const importing = creating({
  phase: 'import',
  what: 'copy',
  role: 'import',
  working: 'importing',
  broken: { error: 'import-error', invalid: 'import-invalid-data', vanished: 'copy-vanished' },
  siblings: false,
  claims: ({ plan }) =>
    slotsFor('import', {
      zone: plan.to,
      backend: backendOf(known(plan.copy.type, 'copy.type')),
      profile: plan.profile,
    }),
  where: ({ plan }) => ({
    backend: backendOf(known(plan.copy.type, 'copy.type')),
    zone: plan.to,
    project: known(plan.copy.project, 'copy.project'),
  }),
  act: (m, intent) => {
    const { plan, facts } = m
    const image = known(facts.image, 'image')
    const order = {
      zone: plan.to,
      bucket: image.bucket,
      key: image.key,
      name: copyName(m),
      project: known(plan.copy.project, 'copy.project'),
      tags: [...(plan.copy.tags ?? []), ...marksFor(m)],
      sizeBytes: bytes(known(facts.sizeBytes, 'sizeBytes')),
    }
    return { act: 'start-import', intent, backend: backendOf(known(plan.copy.type, 'copy.type')), order }
  },
  done: (_, { row }, item) => {
    const made = [{ thing: item.thing, round: item.round }]
    return record('copy-ready', {
      type: 'phase-completed',
      phase: 'import',
      facts: { copy: row.id },
      made,
      extras: [],
    })
  },
})
