import { expect, test } from 'vitest'
import {
  CATALOGUE,
  type CloudFailureKind,
  failureOfCall,
  isTransient,
  kindOf,
  type Role,
} from '../src/index.ts'
import { aCloudFailure } from './a-migration.ts'

const ROLES: readonly Role[] = ['source', 'bucket', 'image', 'export', 'taken-snapshot', 'import', 'copy']
const DEFINITE: readonly CloudFailureKind[] = [
  'missing',
  'forbidden',
  'refused',
  'locked',
  'quota',
  'credentials',
  'frozen',
]
const TRANSIENT: readonly CloudFailureKind[] = [
  'throttled',
  'unavailable',
  'no-answer',
  'unreadable',
  'busy',
  'in-use',
  'stopped',
]

test('the same refusal means another thing in each role', () => {
  const lines = ROLES.map((role) => [role, ...DEFINITE.map((kind) => kindOf(aCloudFailure(kind), role))])
  const rows = [['role', ...DEFINITE], ...lines]
  const widths = rows[0]!.map((_, at) => Math.max(...rows.map((row) => row[at]!.length)))
  const table = rows
    .map((row) =>
      row
        .map((text, at) => text.padEnd(widths[at]!))
        .join(' | ')
        .trimEnd(),
    )
    .join('\n')
  expect(table).toMatchInlineSnapshot(`
    "role           | missing        | forbidden         | refused          | locked        | quota          | credentials         | frozen
    source         | source-missing | source-forbidden  | source-missing   | source-locked | quota-exceeded | credentials-refused | object-frozen
    bucket         | bucket-missing | bucket-forbidden  | bucket-forbidden | locked        | quota-exceeded | credentials-refused | object-frozen
    image          | object-missing | bucket-forbidden  | image-refused    | locked        | quota-exceeded | credentials-refused | object-frozen
    export         | bucket-missing | bucket-forbidden  | export-refused   | locked        | quota-exceeded | credentials-refused | object-frozen
    taken-snapshot | source-missing | permission-denied | snapshot-error   | locked        | quota-exceeded | credentials-refused | object-frozen
    import         | import-refused | permission-denied | import-refused   | locked        | quota-exceeded | credentials-refused | object-frozen
    copy           | copy-vanished  | permission-denied | import-refused   | locked        | quota-exceeded | credentials-refused | object-frozen"
  `)
})

test('what time alone heals costs waiting and never an attempt', () => {
  for (const kind of TRANSIENT) expect(isTransient(aCloudFailure(kind)), kind).toBe(true)
  for (const kind of DEFINITE) expect(isTransient(aCloudFailure(kind)), kind).toBe(false)
})

test('every kind says what to do, and a definite bad result of the provider unwinds', () => {
  for (const [kind, { attempts, fix }] of Object.entries(CATALOGUE)) {
    expect(fix, kind).toMatch(/\.$/)
    expect(attempts, kind).toBeGreaterThanOrEqual(1)
  }
  const unwinds = [
    'export-left-nothing',
    'export-bad-image',
    'import-error',
    'import-invalid-data',
    'copy-vanished',
    'copy-too-small',
  ] as const
  for (const kind of unwinds) expect(CATALOGUE[kind].spent, kind).toBe('unwind')
  const parks = [
    'locked',
    'copy-too-large',
    'permission-denied',
    'quota-exceeded',
    'credentials-refused',
    'provider-unavailable',
    'stalled',
  ] as const
  for (const kind of parks) expect(CATALOGUE[kind].spent, kind).toBe('park')
})

test('a failure keeps the words and the request id of the provider', () => {
  const failure = failureOfCall(aCloudFailure('quota'), 'import')
  expect(failure).toMatchObject({ kind: 'quota-exceeded', words: 'no', requestId: 'r-1', call: 'block DoIt' })
  expect(failureOfCall({ ...aCloudFailure('quota'), words: '' }, 'import').words).toBeNull()
})
