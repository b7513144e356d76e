import { takeAway } from '../../src/index.ts'
import { begins, every, first, MINUTE, once, SECOND, type Story } from './story.ts'

/** Work of the provider that ends badly, and things that are taken away. */
export const BROKEN: Readonly<Record<string, Story>> = {
  'export-of-0-bytes': {
    asked: { backend: 'instance' },
    ...{ onWork: first('export', { ending: 'empty' }), state: 'succeeded' },
    rules: ['export-unproven', 'export-empty'],
  },
  'export-damaged': {
    ...{ onWork: first('export', { ending: 'damaged' }), state: 'succeeded' },
    rules: ['image-damaged', 'removal-due'],
  },
  'export-truncated': {
    ...{ onWork: first('export', { ending: 'truncated' }), state: 'succeeded' },
    rules: ['export-anew', 'image-sound', 'removal-due'],
  },
  'export-truncated-each-time': {
    ...{ onWork: every('export', { ending: 'truncated' }), state: 'failed' },
    rules: ['export-anew', 'image-unsound', 'removal-answered'],
  },
  'import-failed-once': {
    ...{ onWork: first('import', { ending: 'error' }), state: 'succeeded' },
    rules: ['made-broken', 'copy-good'],
  },
  'import-failed-and-unwound': {
    ...{ onWork: every('import', { ending: 'error' }), state: 'failed' },
    rules: ['made-broken', 'removal-due', 'nothing-left'],
  },
  'import-vanished': {
    ...{ onWork: first('import', { ending: 'vanished', tookMs: 2 * MINUTE }), state: 'succeeded' },
    rules: ['copy-missing', 'made-vanished'],
  },
  'copy-too-small': {
    ...{ onWork: first('import', { ending: 'small' }), state: 'failed' },
    rules: ['copy-not-as-planned', 'removal-due'],
  },
  'copy-shown-late': {
    ...{ onWork: first('import', { birthLagMs: 8 * SECOND, listLagMs: 10 * SECOND }), state: 'succeeded' },
    rules: ['copy-not-seen', 'copy-good'],
  },
  'source-removed': {
    onWork: every('export', { ending: 'nothing' }),
    onEvent: once(begins('export'), (world, id) => takeAway(world, id, 'source'), 40 * SECOND),
    ...{ state: 'failed', rules: ['source-not-seen', 'source-lost'] },
  },
  'taken-snapshot-removed': {
    asked: { source: 'volume' },
    onWork: first('export', { ending: 'nothing' }),
    onEvent: once(
      begins('export'),
      (world, id) => {
        for (const row of world.cloud.rows.values())
          if (row.by === id && row.volume !== null) world.cloud.remove(row)
      },
      40 * SECOND,
    ),
    ...{ state: 'succeeded', rules: ['source-not-seen', 'taken-lost', 'snapshot-ready'] },
  },
  'image-removed-before-inspect': {
    onEvent: once(
      (m, type) => type === 'phase-completed' && m.state === 'running' && m.phase === 'inspect',
      (world, id) => takeAway(world, id, 'image'),
      0,
    ),
    ...{ state: 'succeeded', rules: ['image-complete', 'image-lost'] },
  },
  'image-removed-again-and-again': {
    onEvent: (world, m, type) => {
      if (type === 'phase-completed' && m.state === 'running' && m.phase === 'inspect')
        takeAway(world, m.id, 'image')
    },
    ...{ state: 'failed', rules: ['image-lost', 'image-lost-again', 'nothing-left'] },
  },
}
