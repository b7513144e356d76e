import { askCancel, START, writeFault } from '../../src/index.ts'
import { begins, MINUTE, meets, once, SECOND, type Story } from './story.ts'

/** Answers that never came, processes that died, and a Redis that forgot. */
export const LOST: Readonly<Record<string, Story>> = {
  'import-answer-lost-and-adopted': {
    ...{ onCall: meets('ImportSnapshot', 'timeout and done'), state: 'succeeded' },
    rules: ['answer-lost', 'answer-found'],
  },
  'import-answer-lost-nothing-made': {
    ...{ onCall: meets('ImportSnapshot', 'timeout and not done'), state: 'succeeded' },
    rules: ['answer-lost', 'answer-too-old', 'nothing-made'],
  },
  'export-answer-lost-and-adopted': {
    asked: { backend: 'instance' },
    ...{ onCall: meets('ExportSnapshot', 'connection reset and done'), state: 'succeeded' },
    rules: ['answer-lost', 'export-accepted', 'exporting'],
  },
  'export-answer-lost-without-a-trace': {
    ...{ onCall: meets('ExportSnapshot', 'connection reset and done'), state: 'succeeded' },
    rules: ['answer-lost', 'source-busy', 'image-complete'],
  },
  'import-done-late': {
    ...{ onCall: meets('ImportSnapshot', 'timeout and done late'), state: 'succeeded' },
    rules: ['answer-lost', 'answer-found'],
  },
  'import-delivered-twice': {
    ...{ onCall: meets('ImportSnapshot', 'delivered twice'), state: 'succeeded' },
    rules: ['answer-made', 'copy-good', 'removal-due'],
  },
  'import-answer-lost-and-done-twice': {
    onCall: ({ call, attempt }) =>
      call === 'ImportSnapshot' && attempt === 1
        ? { ...writeFault('timeout and done'), effect: 'twice', lateMs: 5 * SECOND }
        : null,
    ...{ state: 'succeeded', rules: ['answer-found', 'copy-good', 'removal-due'] },
  },
  'killed-between-call-and-save': {
    onCall: ({ call, attempt }) =>
      call === 'ImportSnapshot' && attempt === 1 ? { fault: 'SIGKILL', kill: 'after' } : null,
    ...{ state: 'succeeded', rules: ['answer-found', 'copy-good'] },
  },
  'frozen-before-the-call': {
    onCall: ({ call, attempt }) =>
      call === 'ImportSnapshot' && attempt === 1
        ? { fault: 'SIGSTOP', freeze: { when: 'before', forMs: 5 * SECOND } }
        : null,
    ...{ state: 'succeeded', rules: ['write-kept-back', 'nothing-made'] },
  },
  'cancelled-while-the-call-is-away': {
    ...{ onCall: meets('ImportSnapshot', 'slow'), state: 'cancelled' },
    onEvent: once(begins('import'), askCancel),
    rules: ['removal-due', 'nothing-left'],
  },
  'redis-rewound-in-import': {
    onEvent: once(
      (m, type) => begins('import')(m, type) && type === 'settled',
      (world) => world.failOver(2 * SECOND, 'Redis is rewound'),
    ),
    ...{ state: 'succeeded', rules: ['copy-good'] },
  },
  'redis-rewound-and-cancelled-at-once': {
    ...{ onCall: meets('ImportSnapshot', 'timeout and done'), state: 'cancelled' },
    onEvent: once(
      begins('import'),
      (world, id) => {
        world.failOver(2 * SECOND + 1, 'Redis is rewound')
        askCancel(world, id)
      },
      2 * SECOND,
    ),
    rules: ['strangers-seen', 'nothing-left'],
  },
  'redis-rewound-after-the-end': {
    onEvent: once(
      (m) => m.state === 'succeeded',
      (world) => world.failOver(world.time.now - START - 10 * SECOND, 'Redis is rewound'),
      3 * MINUTE,
    ),
    ...{ state: 'succeeded', rules: ['proven-before', 'copy-good'] },
  },
}
