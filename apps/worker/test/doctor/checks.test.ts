import { migrationId, type Region, zone } from '@snapferry/migration'
import { describe, expect, test } from 'vitest'
import { CHECKS, judgeAll } from '../../src/doctor/checks.ts'
import type { Mark } from '../../src/doctor/finding.ts'
import { asJson, printed } from '../../src/doctor/print.ts'
import type { Sight, ThingSight } from '../../src/doctor/sight.ts'
import {
  aSight,
  BUCKET,
  bucketWith,
  everywhere,
  failed,
  LISTED,
  NOW,
  REDIS,
  redisWith,
  SETUP,
  zoneRow,
} from './a-sight.ts'

const ok = <T>(value: T) => ({ ok: true, value }) as const
const bucketSeen = (changed: object) =>
  ok({
    bucket: 'staging',
    region: 'fr-par' as Region,
    project: null,
    versioned: false,
    locked: false,
    ...changed,
  })
const aRule = (changed: object) =>
  ok([{ isOn: true, prefix: '', expireDays: null, abortDays: null, ...changed }])
const image: ThingSight = {
  migration: migrationId('mig_abcdefghijklmnopqrstuvwxyz'),
  state: 'running',
  thing: {
    what: 'image',
    id: 'snapferry/default/work/x.qcow2',
    region: 'fr-par' as Region,
    bucket: 'staging',
  },
  isThere: ok(true),
}
const copy: ThingSight = {
  ...image,
  thing: { what: 'copy', id: 'c1', backend: 'block', zone: zone('fr-par-2') },
}
const saidAt = (saidMs: number): Partial<Sight> => everywhere(ok({ total: 0, saidMs }))
const seconds = 1_000
const facts = (changed: Partial<typeof REDIS.facts>) => ({
  redis: redisWith({ facts: { ...REDIS.facts, ...changed } }),
})
const queue = (changed: Partial<typeof REDIS.queue>) => ({
  redis: redisWith({ queue: { ...REDIS.queue, ...changed } }),
})
const compared = (...things: ThingSight[]) => ({ redis: redisWith({ unended: 60, compared: 50, things }) })

test('an installation in which all is well has nothing wrong, and each check says something', () => {
  const findings = judgeAll(aSight())
  expect(findings.filter(({ mark }) => mark === 'bad')).toEqual([])
  expect([...new Set(findings.map(({ check }) => check))]).toEqual(CHECKS.map(({ name }) => name))
})

/** check, what is so, the mark of one of its findings, and its words. */
const TABLE: readonly [string, string, Partial<Sight>, Mark, RegExp][] = [
  ['key', 'it is taken', {}, 'good', /key …CDEF is taken .*mode armed/],
  [
    'key',
    'it is revoked',
    everywhere(failed('credentials')),
    'bad',
    /not taken: .*answered 401: said so \(request req-1\)/,
  ],
  ['key', 'nobody answers', everywhere(failed('unavailable')), 'note', /nobody told/],
  [
    'key',
    'its halves differ',
    { buckets: bucketWith({ listing: failed('credentials') }) },
    'bad',
    /Object Storage does not/,
  ],
  ['project', 'it can be looked into', {}, 'good', /can be looked into/],
  ['project', 'it is another’s', everywhere(failed('forbidden')), 'bad', /may not look into project/],
  ['project', 'nobody answers', everywhere(failed('no-answer')), 'note', /nobody told/],
  ['clocks', 'they agree', {}, 'good', /the same as the provider's/],
  [
    'clocks',
    'ours is a minute behind',
    saidAt(NOW + 60 * seconds),
    'note',
    /60\.0 s behind .*beyond 15 minutes/,
  ],
  ['clocks', 'ours is an hour ahead', saidAt(NOW - 3_600 * seconds), 'bad', /ahead of .*refuses every call/],
  ['clocks', 'no time is told', everywhere(ok({ total: 0, saidMs: null })), 'note', /nobody told/],
  [
    'clocks',
    'Redis is far off',
    { redis: redisWith({ skewMs: -6_000 }) },
    'bad',
    /6\.0 s behind that of Redis/,
  ],
  ['zones', 'both answer', {}, 'good', /fr-par-1: instance answers \(3 snapshots\), block answers/],
  ['zones', 'Block is not sold', {}, 'good', /it-mil-1: instance answers .*block is not sold here/],
  [
    'zones',
    'one of ours is silent',
    { zones: [zoneRow('fr-par-2', 'block', { answer: failed('no-answer') })] },
    'bad',
    /fr-par-2/,
  ],
  [
    'zones',
    'one of nobody’s is silent',
    { zones: [zoneRow('pl-waw-1', 'block', { answer: failed('no-answer') })] },
    'note',
    /no bucket of this region/,
  ],
  [
    'zones',
    'Instance is missing in it-mil-1',
    { setup: SETUP, zones: [zoneRow('it-mil-1', 'instance', { answer: failed('missing') })] },
    'bad',
    /404/,
  ],
  ['buckets', 'it is as it should be', {}, 'good', /in fr-par, project 6e1f/],
  ['buckets', 'none is set', { setup: SETUP }, 'note', /no bucket is set/],
  ['buckets', 'it may not be seen', { buckets: bucketWith({ bucket: failed('forbidden') }) }, 'bad', /403/],
  ['buckets', 'there is none', { buckets: bucketWith({ bucket: ok(null) }) }, 'bad', /there is no bucket/],
  [
    'buckets',
    'it is elsewhere',
    { buckets: bucketWith({ bucket: bucketSeen({ region: 'nl-ams' }) }) },
    'bad',
    /it is in nl-ams/,
  ],
  [
    'buckets',
    'it is another project’s',
    { buckets: bucketWith({ bucket: bucketSeen({ project: 'p2' }) }) },
    'note',
    /belongs to project p2/,
  ],
  [
    'buckets',
    'it keeps versions',
    { buckets: bucketWith({ bucket: bucketSeen({ versioned: true }) }) },
    'note',
    /keeps versions/,
  ],
  [
    'buckets',
    'it locks',
    { buckets: bucketWith({ bucket: bucketSeen({ locked: true }) }) },
    'bad',
    /locks objects/,
  ],
  ['policies', 'there is none', {}, 'good', /no bucket policy/],
  [
    'policies',
    'there is one',
    { buckets: bucketWith({ policy: ok('{"Statement":[{},{}]}') }) },
    'note',
    /2 statements/,
  ],
  ['policies', 'it is no JSON', { buckets: bucketWith({ policy: ok('{') }) }, 'note', /unreadable/],
  [
    'policies',
    'it may not be seen',
    { buckets: bucketWith({ policy: failed('forbidden') }) },
    'note',
    /not told/,
  ],
  ['lifecycles', 'the second net hangs', {}, 'good', /goes away by itself/],
  [
    'lifecycles',
    'there is no rule',
    { buckets: bucketWith({ lifecycle: ok([]) }) },
    'note',
    /no rule with expiration and abort/,
  ],
  [
    'lifecycles',
    'the rule is off',
    { buckets: bucketWith({ lifecycle: aRule({ isOn: false, expireDays: 1 }) }) },
    'note',
    /no rule/,
  ],
  [
    'lifecycles',
    'a rule eats everything',
    { buckets: bucketWith({ lifecycle: aRule({ expireDays: 30 }) }) },
    'bad',
    /every object after 30 days, also .*keep\/ and archive\//,
  ],
  [
    'lifecycles',
    'a rule is too quick',
    { buckets: bucketWith({ lifecycle: aRule({ prefix: 'snapferry/default/work/', expireDays: 2 }) }) },
    'bad',
    /after 2 days, while/,
  ],
  [
    'lifecycles',
    'they may not be seen',
    { buckets: bucketWith({ lifecycle: failed('forbidden') }) },
    'note',
    /not told/,
  ],
  ['rights', 'reads are allowed', {}, 'good', /may list keys and read objects/],
  ['rights', 'writes no read can tell', {}, 'note', /no read can tell/],
  [
    'rights',
    'Block is denied',
    { zones: [zoneRow('fr-par-1', 'block', { answer: failed('forbidden') })] },
    'bad',
    /may not list snapshots of block/,
  ],
  [
    'rights',
    'volumes are denied',
    { zones: [zoneRow('fr-par-1', 'instance', { what: 'volumes', answer: failed('forbidden') })] },
    'bad',
    /may not list volumes of instance/,
  ],
  [
    'rights',
    'keys may not be listed',
    { buckets: bucketWith({ listing: failed('forbidden') }) },
    'bad',
    /may not list keys/,
  ],
  [
    'rights',
    'objects may not be read',
    { buckets: bucketWith({ reading: failed('forbidden') }) },
    'bad',
    /may not read objects/,
  ],
  ['quota', 'it is not told', {}, 'note', /not told .*has 57 snapshots/],
  ['quota', 'it is used up', everywhere(failed('quota')), 'bad', /used up/],
  ['redis', 'it is ours', {}, 'good', /belongs to installation default/],
  ['redis', 'it is new', { redis: redisWith({ installation: ok('nobodys') }) }, 'good', /nobody yet/],
  [
    'redis',
    'it is another’s',
    { redis: redisWith({ installation: { ok: false, failure: 'milan has it' } }) },
    'bad',
    /milan/,
  ],
  ['redis', 'it is away', { redis: { ok: false, failure: 'no answer' } }, 'bad', /could not be asked/],
  [
    'redis',
    'it evicts',
    facts({ eviction: 'allkeys-lru', mistakes: ['set maxmemory-policy noeviction'] }),
    'bad',
    /noeviction/,
  ],
  ['redis', 'it is 7.0', facts({ durability: 'aof' }), 'note', /last fsync/],
  ['redis', 'its disk is full', facts({ savesWell: false }), 'bad', /write to disk failed/],
  ['redis', 'its memory is short', facts({ usedBytes: 90, maxBytes: 100 }), 'bad', /90 % of its memory/],
  ['queue', 'it is at rest', {}, 'good', /0 migrations have not ended/],
  ['queue', 'nobody works', { redis: redisWith({ overdue: 4 }) }, 'bad', /4 migrations should have/],
  ['queue', 'more than are counted', { redis: redisWith({ overdue: 1_000 }) }, 'bad', /1000 or more/],
  ['queue', 'jobs failed', queue({ failed: 2 }), 'note', /2 jobs failed/],
  ['queue', 'it is paused', queue({ isPaused: true }), 'bad', /paused/],
  ['journal', 'nothing is under way', {}, 'good', /no unended migration/],
  [
    'journal',
    'all is there',
    compared(image, copy),
    'good',
    /50 of 60 .* name 2 things; 2 of them are there/,
  ],
  [
    'journal',
    'a copy is gone',
    compared(image, { ...copy, isThere: ok(false) }),
    'bad',
    /gone .*copy fr-par-2\/c1 of mig_/,
  ],
  [
    'journal',
    'many are gone',
    compared(...Array.from({ length: 9 }, () => ({ ...image, isThere: ok(false) }))),
    'bad',
    /and 4 more/,
  ],
  [
    'journal',
    'some cannot be seen',
    compared({ ...copy, isThere: failed('forbidden') }),
    'note',
    /1 could not be looked at/,
  ],
]

describe('the check', () => {
  test.each(TABLE)('%s: when %s', (check, _, changed, mark, words) => {
    const findings = judgeAll(aSight(changed)).filter((one) => one.check === check)
    expect(findings).toContainEqual(expect.objectContaining({ mark, text: expect.stringMatching(words) }))
    for (const finding of findings.filter((one) => one.mark === 'bad')) expect(finding.fix).toMatch(/\w{2,}/)
  })

  test('of each name is in the table, well and unwell', () => {
    for (const { name } of CHECKS) {
      const marks = TABLE.filter(([check]) => check === name).map(([, , , mark]) => mark)
      expect(
        marks.some((mark) => mark !== 'bad'),
        name,
      ).toBe(true)
      expect(
        marks.some((mark) => mark !== 'good'),
        name,
      ).toBe(true)
    }
  })
})

test('a sandbox may forget: what is wrong with its Redis is told and not held against it', () => {
  const forgetful = {
    setup: { ...SETUP, mode: 'sandbox' as const },
    ...facts({ mistakes: ['set appendonly yes'] }),
  }
  const redis = judgeAll(aSight(forgetful)).filter(({ check }) => check === 'redis')
  expect(redis.find(({ text }) => text.includes('appendonly'))).toMatchObject({ mark: 'note' })
})

test('an archive bucket needs no second net, but nothing may eat it', () => {
  const at = { ...BUCKET, use: 'archive' as const }
  const judged = (lifecycle: ReturnType<typeof aRule>) =>
    judgeAll(aSight({ buckets: bucketWith({ lifecycle }, at) })).filter(({ check }) => check === 'lifecycles')
  expect(judged(aRule({ isOn: false }))).toEqual([])
  expect(judged(aRule({ expireDays: 400 }))).toMatchObject([{ mark: 'bad' }])
})

test('is printed with a sign and the fix, and as JSON whose ok is the exit code', () => {
  const sight = aSight(everywhere(failed('credentials')))
  const findings = judgeAll(sight)
  expect(printed(sight.setup, findings)).toMatch(
    /^Snapferry doctor: mode armed[\s\S]*✘ key …CDEF[\s\S]*→ make a new API key/,
  )
  expect(JSON.parse(asJson(sight.setup, findings))).toMatchObject({ ok: false, keyTail: '…CDEF' })
  expect(JSON.parse(asJson(SETUP, judgeAll(aSight({ ...everywhere(LISTED) })))).ok).toBe(true)
})
