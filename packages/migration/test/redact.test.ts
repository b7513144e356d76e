import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  afterLook,
  afterRead,
  type Bundle,
  begin,
  bundleOf,
  copyTag,
  type Event,
  fold,
  good,
  type Migration,
  type Plan,
  POLICY,
  type Pulse,
  replay,
  type WantsAppend,
  type WantsLook,
  wipTag,
} from '../src/index.ts'
import { aCloudFailure, anImage, aPlan, aSource, ID, keyOf, NOW } from './a-migration.ts'

const PROJECT = '99999999-9999-4999-8999-999999999999'
const OTHER = '88888888-8888-4888-8888-888888888888'
const PRIVATE = {
  name: 'db-of-acme',
  volume: 'disk (prod)',
  tag: 'owner=jane.doe',
  family: 'snapferry:owner=jane',
  label: 'ticket',
  text: 'OPS-1234',
  short: 'q',
  by: 'jane@acme.example',
  bucket: 'acme-staging',
  project: PROJECT,
}
const plan: Plan = aPlan({
  copy: { ...aPlan().copy, name: PRIVATE.name, tags: [PRIVATE.tag, PRIVATE.short], project: PROJECT },
  ...{ sourceProject: PROJECT, labels: { [PRIVATE.label]: PRIVATE.text } },
  image: { ...aPlan().image, bucket: PRIVATE.bucket },
})
const source = aSource('available', {
  ...{ name: PRIVATE.name, project: PROJECT, volume: { id: 'volume-1', name: PRIVATE.volume } },
  tags: [PRIVATE.tag, PRIVATE.family, wipTag({ plan, id: ID }, 1)],
})
const PULSE: Pulse = { v: 3, wakeAt: NOW, plannedMs: 0, waitedMs: 0, looks: 0, why: null }

function story(): { record: Migration; pulse: Pulse; events: readonly Event[] } {
  const words = `Snapshot "${PRIVATE.name}" in ${PRIVATE.bucket}: ${PRIVATE.by} may not, tag q, request of ${OTHER}`
  const failure = { ...aCloudFailure('refused'), words }
  const created: Event = {
    type: 'created',
    at: NOW,
    id: ID,
    plan,
    redisRun: 'run',
    retryOf: null,
    by: PRIVATE.by,
  }
  const image = { ...anImage(1), bucket: PRIVATE.bucket }
  const basis = {
    ...{ dice: 0, pulse: { wakeAt: NOW, plannedMs: 0, waitedMs: 0, looks: 0, why: null } },
    seen: { source: good(source), object: { ok: false, failure } as const },
    because: { rule: 'provider-refuses', text: words },
  } as const
  const why = { code: 'provider-refuses', text: words, since: NOW } as const
  const facts = { snapshot: source.id, image, sourceBytes: 1, sizeBytes: 1 }
  const events: Event[] = [
    created,
    { type: 'waited', at: NOW, why, basis },
    { type: 'admitted', at: NOW, phase: 'export', plan, facts, claims: [] },
  ]
  return { record: fold(events), pulse: { ...PULSE, why }, events }
}

const HERE = { monotonicMs: 0, policy: POLICY }
const PROGRAM = { madeAt: NOW, program: { version: '1', revision: 'r' } }
const bundle = bundleOf(story(), PROGRAM)
const text = JSON.stringify(bundle)

test.each(Object.entries(PRIVATE).filter(([, value]) => value.length > 1))(
  'the %s of somebody stands nowhere in a bundle',
  (_, value) => {
    expect(JSON.stringify(story()), 'it was there before').toContain(JSON.stringify(value).slice(1, -1))
    expect(text).not.toContain(value)
  },
)

test('a text has one pseudonym wherever it stands, inside sentences too', () => {
  const [, waited, admitted] = bundle.events
  const { name, project, tags } = bundle.record.plan.copy
  expect([name, project]).toEqual(['name-1', 'project-1'])
  expect(waited?.basis?.seen).toMatchObject({
    source: { value: { name, project, volume: { id: 'volume-1', name: 'name-2' } } },
  })
  expect(admitted).toMatchObject({ plan: { copy: { name, project, tags } } })
  expect(waited).toMatchObject({
    why: { text: `Snapshot "${name}" in bucket-1: person-1 may not, tag tag-2, request of id-1` },
  })
})

test('our own marks, keys, ids, sizes and times stay: decisions are made of them', () => {
  expect(text).toContain(wipTag({ plan, id: ID }, 1))
  expect(text).toContain(keyOf(1))
  expect(bundle.record).toMatchObject({ id: ID, createdAt: NOW, facts: { snapshot: source.id } })
  expect(copyTag(bundle.record)).toBe(copyTag({ plan, id: ID }))
})

test('a tag that only begins like ours still does: it is left out of a copy’s tags', () => {
  const seen = bundle.events[1]?.basis?.seen
  const row = seen === 'as-before' || seen?.source?.ok !== true ? null : seen.source.value
  expect(row?.tags).toEqual(['tag-1', 'snapferry:tag-3', wipTag({ plan, id: ID }, 1)])
})

test('a sentence that spells a name otherwise does not tell it either', () => {
  const told = story()
  const [, waited] = told.events
  const text = `NO ROOM FOR ${PRIVATE.name.toUpperCase()}`
  const events = [
    told.events[0]!,
    { ...waited!, why: { code: 'provider-refuses', text, since: NOW } } as Event,
  ]
  const [, shown] = bundleOf({ ...told, events }, PROGRAM).events
  expect(shown).toMatchObject({ why: { text: 'NO ROOM FOR name-1' } })
})

/** Words people may choose: anything, and above all the words that our own records are made of. */
const aWord = fc.oneof(
  fc.string({ minLength: 1, maxLength: 20 }),
  fc.constantFrom(
    'image',
    'sbs',
    'block',
    'fr-par-1',
    'made',
    'run',
    'nothing-found',
    'name-2',
    'a',
    '$&',
    '[',
    ID,
  ),
)

test('whatever people call their things, what was decided is decided so under pseudonyms', () => {
  const anyStory = fc.record({
    ...{ name: aWord, bucket: aWord, project: aWord, by: aWord, volume: aWord },
    ...{ tags: fc.array(aWord, { maxLength: 3 }), labels: fc.dictionary(aWord, aWord, { maxKeys: 2 }) },
  })
  const bare = { sourceProject: null, backend: null } as const
  fc.assert(
    fc.property(anyStory, ({ name, bucket, project, by, volume, tags, labels }) => {
      const copy = { name: null, tags: null, sizeBytes: null, project: null, type: null }
      const asked = aPlan({ ...bare, copy, labels, image: { ...aPlan().image, bucket } })
      const created: Event = {
        type: 'created',
        at: NOW,
        id: ID,
        plan: asked,
        redisRun: 'run',
        retryOf: null,
        by,
      }
      const place = { bucket, region: asked.image.region, project, versioned: false, locked: false }
      const row = aSource('available', { name, tags, project, volume: { id: 'volume-1', name: volume } })
      const reading = { record: fold([created]), pulse: PULSE, now: NOW, nudges: 0, redisRun: 'run' }
      const look = afterRead(begin(0), reading, HERE, 0) as WantsLook
      const { change } = afterLook(look, { bucket: good(place), source: good(row) }, HERE) as WantsAppend
      const told = { record: change.after, pulse: PULSE, events: [created, ...change.events] }
      const made = JSON.parse(JSON.stringify(bundleOf(told, PROGRAM))) as Bundle
      const { steps, recordDiffers } = replay(made)
      expect([steps.map(({ differs }) => differs), recordDiffers]).toEqual([[null, null], null])
      expect(made.record.plan.copy.name).not.toBe(name)
    }),
  )
})

test('the key of a user’s image is a pseudonym that still is an image’s', () => {
  const key = 'backups/jane/laptop.qcow2'
  const own = aPlan({ source: { kind: 'image', bucket: 'b', key }, from: null, backend: null })
  const created: Event = {
    type: 'created',
    at: NOW,
    id: ID,
    plan: own,
    redisRun: 'run',
    retryOf: null,
    by: 'me',
  }
  const { record } = bundleOf({ record: fold([created]), pulse: PULSE, events: [created] }, PROGRAM)
  expect(record.plan.source).toEqual({ kind: 'image', bucket: 'bucket-1', key: 'key-1.qcow2' })
})
