import { askCancel, askRetry, lookFault, writeFault } from '../../src/index.ts'
import { begins, every, first, HOUR, isParked, MINUTE, meets, once, SECOND, type Story } from './story.ts'

/** What a person is asked about, what is waited out, and what is left behind. */
export const ATTENDED: Readonly<Record<string, Story>> = {
  'source-missing': {
    afterwards: (world) => world.cloud.rows.delete('snapshot-block-1'),
    ...{ state: 'failed', rules: ['checks-bad'] },
  },
  'provider-throttles': {
    onCall: ({ step, attempt }) =>
      step === 'look' && attempt % 3 === 1 && attempt < 9 ? lookFault('429') : null,
    ...{ state: 'succeeded', rules: ['provider-throttled'] },
  },
  'import-throttled': {
    ...{ onCall: meets('ImportSnapshot', '429', 2), state: 'succeeded' },
    rules: ['write-put-off', 'nothing-made'],
  },
  'unknown-state': {
    onCall: ({ phase, step, attempt }) =>
      phase === 'import' && step === 'look' && attempt < 30 ? lookFault('unknown state') : null,
    ...{ state: 'succeeded', rules: ['unknown-state'] },
  },
  'parked-and-cancelled': {
    ...{ onCall: meets('ImportSnapshot', '423', 9), state: 'cancelled' },
    onEvent: once(isParked, askCancel, HOUR),
    rules: ['write-refused', 'removal-due'],
  },
  'parked-and-forgotten': {
    ...{ onCall: meets('ImportSnapshot', '423', 9), state: 'failed' },
    rules: ['write-refused', 'park-limit-over', 'nothing-left'],
  },
  'copy-locked-parked-and-retried': {
    onWork: first('import', { lockedMs: 30 * MINUTE }),
    onEvent: once(isParked, askRetry, HOUR),
    ...{ state: 'succeeded', rules: ['made-locked', 'copy-good'] },
  },
  'export-stalled-parked-and-cancelled': {
    onWork: first('export', { tookMs: 4 * HOUR }),
    onEvent: once(isParked, askCancel, HOUR),
    ...{ state: 'cancelled', rules: ['phase-limit-over', 'provider-finishing', 'removal-due'] },
  },
  'mark-refused': {
    ...{ onCall: meets('UpdateSnapshot', '403', 1_000), state: 'succeeded' },
    rules: ['provider-refuses', 'mark-given-up'],
  },
  'last-look-refused-after-the-proof': {
    onCall: ({ phase, step, call }) =>
      phase === 'tidy' && step === 'look' && call.startsWith('List')
        ? { fault: '400', reply: { kind: 'refused', status: 400, nothing: true } }
        : null,
    ...{ state: 'succeeded', rules: ['provider-refuses', 'nothing-left'] },
  },
  'copy-in-use-left-behind': {
    onWork: every('import', { ending: 'error' }),
    onCall: ({ call, attempt }) => (call === 'DeleteSnapshot' && attempt < 5_000 ? writeFault('412') : null),
    ...{ state: 'failed', rules: ['removal-refused', 'removal-given-up'] },
  },
  'late-create-after-a-cancel': {
    onCall: ({ call, attempt }) =>
      call === 'ImportSnapshot' && attempt === 1
        ? { ...writeFault('timeout and done late'), lateMs: 60 * SECOND }
        : null,
    onEvent: once(begins('import'), askCancel),
    ...{ state: 'cancelled', rules: ['answer-too-old', 'nothing-left'] },
  },
}
