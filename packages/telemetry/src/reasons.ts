import { CATALOGUE, type FailureKind, type Migration } from '@snapferry/migration'

/** Why a migration ended, in few words: a label must stay bounded, the exact kind is in the log line. */
export const REASONS = [
  'none',
  'source',
  'zone',
  'bucket',
  'image',
  'export',
  'import',
  'copy',
  'account',
  'provider',
  'defect',
] as const
/** A reason label. */
export type Reason = (typeof REASONS)[number]

/** The reason label of each kind of failure. */
const REASON_OF = {
  'source-missing': 'source',
  'source-forbidden': 'source',
  'source-gone': 'source',
  'source-error': 'source',
  'source-locked': 'source',
  'source-too-small': 'source',
  'source-too-large': 'source',
  'snapshot-error': 'source',
  'same-zone': 'zone',
  'zone-lacks-type': 'zone',
  'bucket-missing': 'bucket',
  'bucket-elsewhere': 'bucket',
  'bucket-foreign': 'bucket',
  'bucket-forbidden': 'bucket',
  'object-missing': 'image',
  'object-frozen': 'image',
  'image-refused': 'image',
  'size-refused': 'image',
  'image-changed': 'image',
  'export-refused': 'export',
  'export-left-nothing': 'export',
  'export-bad-image': 'export',
  'import-refused': 'import',
  'import-error': 'import',
  'import-invalid-data': 'import',
  'copy-vanished': 'copy',
  'copy-too-small': 'copy',
  'copy-too-large': 'copy',
  'copy-misplaced': 'copy',
  locked: 'copy',
  'credentials-refused': 'account',
  'permission-denied': 'account',
  'quota-exceeded': 'account',
  'provider-unavailable': 'provider',
  stalled: 'provider',
  'too-many-events': 'defect',
  defect: 'defect',
} as const satisfies Record<FailureKind, Reason>

/** The reason label of an ended migration; `none` unless it failed. */
export function reasonOf(m: Migration): Reason {
  return m.state === 'failed' ? REASON_OF[m.failure.kind] : 'none'
}

/** The kinds that are tried again, so that their counters exist from the start. */
export const RETRIED_KINDS = Object.entries(CATALOGUE)
  .filter(([, advice]) => advice.attempts > 1)
  .map(([kind]) => kind)
