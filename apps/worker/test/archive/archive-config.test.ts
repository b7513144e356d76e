import { describe, expect, test } from 'vitest'
import { readArchiveConfig } from '../../src/archive/archive-config.ts'

const read = (env: Record<string, string>) => readArchiveConfig(env)

test('with nothing set there is no archive, 400 days and a million', () => {
  expect(read({})).toEqual({
    ok: true,
    value: { prefix: 'snapferry', bucket: null, limits: { days: 400, max: 1_000_000 } },
  })
})

describe('the bucket of the archive', () => {
  const staging = { SNAPFERRY_BUCKETS: 'nl-ams=ours, fr-par=other' }
  test.each([
    [staging, { region: 'nl-ams', bucket: 'ours' }],
    [
      { ...staging, SNAPFERRY_ARCHIVE_BUCKET: 'fr-par=history' },
      { region: 'fr-par', bucket: 'history' },
    ],
    [{ SNAPFERRY_ARCHIVE_BUCKET: '  ' }, null],
  ])('of %j is %j', (env, bucket) => {
    expect(read(env)).toMatchObject({ ok: true, value: { bucket } })
  })
})

test.each([
  [{ SNAPFERRY_ARCHIVE_BUCKET: 'history' }, /SNAPFERRY_ARCHIVE_BUCKET takes a bucket with its region/],
  [{ SNAPFERRY_BUCKETS: 'fr-par' }, /SNAPFERRY_BUCKETS takes a bucket with its region/],
  [{ SNAPFERRY_HISTORY_DAYS: '6' }, /SNAPFERRY_HISTORY_DAYS takes a whole number from 7/],
  [{ SNAPFERRY_HISTORY_DAYS: '-1' }, /SNAPFERRY_HISTORY_DAYS/],
  [{ SNAPFERRY_HISTORY_MAX: '1e6' }, /SNAPFERRY_HISTORY_MAX takes a whole number from 1000/],
  [{ SNAPFERRY_HISTORY_MAX: '0' }, /SNAPFERRY_HISTORY_MAX/],
  [{ SNAPFERRY_PREFIX: '-x' }, /SNAPFERRY_PREFIX/],
  [{ SNAPFERRY_PREFIX: 'a/b' }, /SNAPFERRY_PREFIX/],
])('%j is refused with what to write', (env, words) => {
  const config = read(env)
  expect(config.ok ? [] : config.failure).toEqual([expect.stringMatching(words)])
})
