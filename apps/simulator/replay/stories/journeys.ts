import { askCancel, exportByHand, planFor } from '../../src/index.ts'
import { begins, carried, MINUTE, once, type Story } from './story.ts'

/** Every way there is to carry something. */
export const JOURNEYS: Readonly<Record<string, Story>> = {
  'carry-snapshot-block': carried({ backend: 'block' }, 'export-due', 'image-complete'),
  'carry-snapshot-instance': carried({ backend: 'instance' }, 'export-due', 'image-complete'),
  'carry-volume-block': carried({ source: 'volume', backend: 'block' }, 'snapshot-ready', 'claim-needed'),
  'carry-volume-instance': carried({ source: 'volume', backend: 'instance' }, 'snapshot-ready'),
  'carry-image-block': carried({ source: 'image', type: 'sbs' }, 'image-sound', 'copy-ready'),
  'carry-image-instance': carried({ source: 'image', type: 'l_ssd' }, 'image-sound', 'copy-ready'),
  'carry-to-other-storage': carried({ backend: 'instance', type: 'sbs' }, 'export-due'),
  'carry-keeping-the-image': carried({ keep: { kind: 'days', days: 1 } }, 'image-kept', 'removal-due'),
  'carry-keeping-the-taken-snapshot': carried({ source: 'volume', keepTaken: true }, 'snapshot-ready'),
  'cancel-in-export': {
    ...{ onEvent: once(begins('export'), askCancel), state: 'cancelled' },
    rules: ['export-due', 'provider-finishing', 'removal-due', 'nothing-left'],
  },
  'cancel-in-import': {
    ...{ onEvent: once(begins('import'), askCancel), state: 'cancelled' },
    rules: ['provider-finishing', 'removal-due', 'nothing-left'],
  },
  'source-claimed-by-another': {
    before: (world) => void world.create(planFor(world, { to: 'fr-par-3' })),
    ...{ state: 'succeeded', rules: ['source-claimed', 'copy-good'] },
  },
  'source-exported-by-hand': {
    before: (world) => {
      planFor(world)
      exportByHand(world, 'snapshot-block-1', 5 * MINUTE)
    },
    ...{ state: 'succeeded', rules: ['source-busy', 'export-due'] },
  },
}
