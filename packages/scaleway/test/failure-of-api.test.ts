import { describe, expect, test } from 'vitest'
import { failureOfApi } from '../src/failure-of-api.ts'
import { openScrub } from '../src/words.ts'
import { answered, fixtures } from './answered.ts'

const scrub = openScrub([])
const translate = (file: string, write: boolean, headers: Readonly<Record<string, string>> = {}) =>
  failureOfApi({ call: 'block ImportSnapshot', write }, answered(file, headers), scrub)

/** file, kind, whether a write surely changed nothing, the words. */
const TABLE = [
  ['302-moved.html', 'unavailable', false, 'Found'],
  ['400-bad-request.html', 'unavailable', true, '400 Bad Request 400 Bad Request'],
  ['400-empty.txt', 'unavailable', true, ''],
  [
    '400-invalid-arguments.json',
    'refused',
    true,
    'invalid argument(s); volume_type: constraint, volume_type is not a valid value',
  ],
  ['400-precondition-attribute.json', 'refused', true, 'precondition is not respected; set a project'],
  [
    '400-precondition-in-use.json',
    'in-use',
    true,
    'precondition is not respected; One or more images use this snapshot.',
  ],
  ['400-precondition-unknown.json', 'busy', true, 'precondition is not respected'],
  ['400-qcow2-backing-chain.json', 'refused', true, 'The provided QCOW2 file has a backing chain'],
  ['400-qcow2-compression.json', 'refused', true, 'The provided QCOW2 has an unsupported compression type'],
  ['400-qcow2-encrypted.json', 'refused', true, 'The provided QCOW2 file is encrypted'],
  ['400-snapshot-not-available.json', 'busy', true, 'snapshot is not available'],
  [
    '400-validation-error.json',
    'refused',
    true,
    'Validation Error; size: must be a multiple of 512, is too small',
  ],
  ['401-denied-authentication.json', 'credentials', true, 'authentication is denied'],
  ['401-empty.txt', 'credentials', true, ''],
  ['403-authorization-required.json', 'forbidden', true, 'authorization required'],
  ['403-empty.txt', 'forbidden', true, ''],
  ['403-locked.json', 'locked', true, 'resource is locked'],
  ['403-permissions-denied.json', 'forbidden', true, 'insufficient permissions; read snapshot'],
  ['403-quota-legacy.json', 'quota', true, 'Quota exceeded for this resource.'],
  [
    '403-quotas-exceeded.json',
    'quota',
    true,
    'quota(s) exceeded for this resource; block_volume_total_gb: 500 of 500',
  ],
  ['404-gateway.html', 'unavailable', true, '404 page not found'],
  ['404-not-found-block.json', 'missing', true, 'resource is not found'],
  ['404-not-found-instance.json', 'missing', true, 'resource is not found'],
  ['404-text.txt', 'missing', true, '404 page not found'],
  ['404-unknown-resource.json', 'missing', true, '"b7d2f9c4-1e63-4b8a-a5c0-93f7e6d8b203" not found'],
  ['408-empty.txt', 'unavailable', true, ''],
  ['409-already-exists.json', 'refused', true, 'resource already exists; choose another name'],
  ['409-new-word.json', 'busy', true, 'resource is tangled'],
  ['409-out-of-stock.json', 'unavailable', true, 'resource is out of stock'],
  ['409-transient-state.json', 'busy', true, 'resource is in a transient state'],
  ['410-expired.json', 'missing', true, 'resource is expired'],
  [
    '412-protected-resource.json',
    'in-use',
    true,
    'precondition is not respected; Snapshot is currently in use, deletion is not permitted.',
  ],
  ['412-resource-not-usable.json', 'busy', true, 'precondition is not respected; The size is too small.'],
  ['418-new-word.json', 'refused', true, 'I am a teapot'],
  ['423-locked.json', 'locked', true, 'resource is locked'],
  ['429-empty.txt', 'throttled', true, ''],
  ['429-too-many-requests.json', 'throttled', true, 'too many requests; slow down'],
  ['500-internal.json', 'unavailable', false, 'Internal error'],
  ['502-gateway.html', 'unavailable', false, '502 Bad Gateway 502 Bad Gateway edge02'],
  ['503-upstream-timeout.json', 'unavailable', false, 'upstream request timeout'],
  ['504-empty.txt', 'unavailable', false, ''],
] as const

describe('the translation of error answers of the Instance and Block APIs', () => {
  test.each(TABLE)('%s to a write is %s, nothing changed: %s', (file, kind, nothing, words) => {
    expect(translate(file, true)).toMatchObject({ kind, nothing, words, status: Number(file.slice(0, 3)) })
  })

  test.each(TABLE)('%s to a read is %s as well and changed nothing', (file, kind) => {
    expect(translate(file, false)).toMatchObject({ kind, nothing: true })
  })

  test('every recorded shape stands in the table', () => {
    expect(TABLE.map(([file]) => file)).toEqual(fixtures('api'))
  })

  test('the request id goes with the failure, because support asks for it', () => {
    expect(translate('429-empty.txt', true, { 'x-request-id': 'r-1' }).requestId).toBe('r-1')
    expect(translate('429-empty.txt', true).requestId).toBeNull()
  })

  test.each([
    [{ 'retry-after': '7' }, '429-empty.txt', 7_000],
    [{ 'retry-after': '99999999' }, '503-upstream-timeout.json', 3_600_000],
    [
      { 'retry-after': 'Mon, 17 Aug 2026 09:42:45 GMT', date: 'Mon, 17 Aug 2026 09:42:35 GMT' },
      '503-upstream-timeout.json',
      10_000,
    ],
    [{ 'retry-after': 'Mon, 17 Aug 2026 09:42:45 GMT' }, '503-upstream-timeout.json', null],
    [{ 'retry-after': 'soon' }, '429-empty.txt', null],
    [{}, '429-empty.txt', null],
    [{}, '429-too-many-requests.json', 12_000],
  ])('%o with %s asks for a wait of %s ms', (headers, file, waitMs) => {
    expect(translate(file, false, { ...headers }).retryAfterMs).toBe(waitMs)
  })
})
