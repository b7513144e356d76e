import { describe, expect, test } from 'vitest'
import { failureOfS3 } from '../src/failure-of-s3.ts'
import { openScrub } from '../src/words.ts'
import { answered, fixtures } from './answered.ts'

const scrub = openScrub([])
const asked = { call: 's3 DeleteObject', write: true }

const TABLE = [
  ['s3-301-elsewhere.xml', 'missing', false],
  ['s3-400-invalid-argument.xml', 'refused', true],
  ['s3-403-access-denied.xml', 'forbidden', true],
  ['s3-403-access-key.xml', 'credentials', true],
  ['s3-403-frozen.xml', 'frozen', true],
  ['s3-403-signature.xml', 'credentials', true],
  ['s3-404-no-lock.xml', 'missing', true],
  ['s3-404-no-such-bucket.xml', 'missing', true],
  ['s3-404-no-such-key.xml', 'missing', true],
  ['s3-409-aborted.xml', 'busy', true],
  ['s3-416-range.xml', 'refused', true],
  ['s3-500-internal.xml', 'unavailable', false],
  ['s3-501-not-implemented.xml', 'refused', false],
  ['s3-503-away.xml', 'unavailable', false],
  ['s3-503-service-unavailable.xml', 'throttled', false],
  ['s3-503-slow-down.xml', 'throttled', false],
] as const

describe('the translation of error answers of Object Storage', () => {
  test.each(TABLE)('%s to a delete is %s, nothing changed: %s', (file, kind, nothing) => {
    expect(failureOfS3(asked, answered(file), scrub)).toMatchObject({ kind, nothing })
  })

  test('every recorded shape stands in the table', () => {
    expect(TABLE.map(([file]) => file)).toEqual(fixtures('s3'))
  })

  test('the words are the code and the message, entities read', () => {
    expect(failureOfS3(asked, answered('s3-403-frozen.xml'), scrub).words).toBe(
      "InvalidObjectState: The operation is not valid for the object's storage class",
    )
  })

  test.each([
    [401, 'credentials'],
    [403, 'forbidden'],
    [404, 'missing'],
    [429, 'throttled'],
    [400, 'refused'],
    [503, 'unavailable'],
  ])('a HEAD answered %i without a body is %s', (status, kind) => {
    const head = {
      came: true,
      status,
      headers: { 'x-amz-request-id': 'txg1' },
      body: Buffer.alloc(0),
    } as const
    expect(failureOfS3({ call: 's3 HeadObject', write: false }, head, scrub)).toMatchObject({
      kind,
      words: '',
      requestId: 'txg1',
      nothing: true,
    })
  })

  test.each([403, 404, 502])('an HTML page with status %i is some gateway, not Object Storage', (status) => {
    const page = { ...answered('502-gateway.html'), status }
    expect(failureOfS3(asked, page, scrub).kind).toBe('unavailable')
  })
})
