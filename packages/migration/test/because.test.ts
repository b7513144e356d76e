import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import {
  type Act,
  BECAUSE,
  type BecauseCode,
  bad,
  because,
  becauseOf,
  bytes,
  type CloudFailure,
  conclude,
  decide,
  good,
  type Migration,
  type Moment,
  POLICY,
  type Result,
  record,
  type Seen,
  type SnapshotSeen,
  WHY,
} from '../src/index.ts'
import {
  aCloudFailure,
  anImage,
  anObject,
  aPlan,
  aRow,
  copyItem,
  imageItem,
  moment,
  NOW,
  proven,
  running,
  SIZE,
  TO,
  takenItem,
  unwinding,
} from './a-migration.ts'
import { exporting, OPEN, saw } from './told.ts'

const RULES = Object.keys(BECAUSE) as BecauseCode[]
const SOURCES = join(import.meta.dirname, '../src')

/** The sources that may decide: everything but the catalogue itself. */
function sources(): string {
  const names = readdirSync(SOURCES, { recursive: true, encoding: 'utf8' })
  return names
    .filter((name) => name.endsWith('.ts') && name !== 'because.ts')
    .map((name) => readFileSync(join(SOURCES, name), 'utf8'))
    .join('\n')
}

test('no two rules say the same, and each says it in one sentence', () => {
  const sentences = Object.values(BECAUSE)
  expect(new Set(sentences).size).toBe(sentences.length)
  for (const sentence of sentences) expect(sentence).toMatch(/^[A-Z][^.]+\.$/)
})

test('no rule that acts is called like a reason to wait', () => {
  expect(RULES.filter((rule) => Object.hasOwn(WHY, rule))).toEqual([])
})

test('every rule of the catalogue decides somewhere', () => {
  const text = sources()
  expect(RULES.filter((rule) => !text.includes(`'${rule}'`))).toEqual([])
})

test('what is waited for is its own reason, what acts has its rule’s', () => {
  expect(becauseOf(record('nothing-left', { type: 'ledger-settled' }))).toEqual(because('nothing-left'))
  const why = { code: 'exporting', text: 'The provider is writing the image.' } as const
  expect(becauseOf({ do: 'sleep', sleepMs: 1, why })).toEqual({ rule: why.code, text: why.text })
})

describe('a rule that few histories come to', () => {
  const image = anImage(1)
  const inspecting = running({ phase: 'inspect', facts: { image, sourceBytes: SIZE, sizeBytes: SIZE } })
  const judged = (sizeBytes: number): Seen => ({
    judgement: good({ good: true, bytes: 4_096, etag: 'etag', sizeBytes: bytes(sizeBytes) }),
  })
  const gone: Seen = { judgement: good(null) }
  const users = aPlan({ source: { kind: 'image', bucket: 'bucket', key: 'theirs.qcow2' }, from: null })
  const verifying = running({ phase: 'verify', facts: { image, sizeBytes: SIZE }, ledger: [copyItem()] })
  const row = good({ row: aRow(), siblings: [] })
  const taken = running({ ledger: [takenItem()], setbacks: 2 })
  const late = moment({ why: 'source-not-seen', sinceMs: 60_000 })
  const refused = bad(aCloudFailure('forbidden'))
  const lost = [{ phase: 'export', round: 1, forgotten: true }] as const
  const since = running({ phase: 'import', round: 4, facts: { image, sizeBytes: SIZE }, lost })

  test.each<[BecauseCode, Migration, Seen, Moment?]>([
    ['look-refused', running(), { images: bad(aCloudFailure('locked')) }],
    ['goes-in-circles', running({ events: 400, eventsMax: 400 }), saw([])],
    ['source-broken', running(), saw([], exporting('error'))],
    ['source-closed', running(), saw([], exporting('locked'))],
    ['taken-lost-again', taken, saw([], good(null)), late],
    ['forgotten-found', since, { tagged: good([]), proven: good([]), late: good([aRow()]) }],
    ['export-anew', inspecting, judged(SIZE + 512)],
    ['image-of-other-size', { ...inspecting, setbacks: 2 }, judged(SIZE + 512)],
    ['size-too-small', running({ phase: 'inspect', facts: { image, sizeBytes: 512 } }), judged(SIZE)],
    ['image-missing', { ...inspecting, plan: users }, gone],
    ['image-lost-again', { ...inspecting, setbacks: 2 }, gone],
    ['image-replaced', verifying, { row, object: good({ ...anObject(1), etag: 'another' }) }],
    ['copy-not-recorded', { ...verifying, ledger: [] }, {}],
    ['mark-due', proven(), { row }],
    ['strangers-seen', unwinding({ send: 1, ledger: [] }), saw([anObject(1)])],
    ['undo-limit-over', unwinding(), {}, moment({ waitedMs: 9e9 })],
  ])('%s', (rule, m, seen, at = moment()) => {
    expect(becauseOf(decide(m, seen, POLICY, at))).toEqual(because(rule))
  })

  const wip = { id: 'import.2.2', phase: 'import', round: 2, send: 2, mark: 'm', at: NOW } as const
  const order = { zone: TO, bucket: 'b', key: 'k', name: 'n', project: 'p', tags: [], sizeBytes: SIZE }
  const act: Act = { act: 'start-import', intent: wip, backend: 'block', order }

  test.each<[BecauseCode, Migration, Result<SnapshotSeen, CloudFailure>]>([
    ['answer-known', running({ ledger: [copyItem()] }), good(aRow())],
    ['answer-unwanted', running({ ledger: [imageItem(1)] }), good(aRow())],
    ['answer-moot', running({ intent: OPEN }), refused],
    ['intent-closed', unwinding({ intent: wip }), refused],
  ])('%s, of what a write came to', (rule, m, result) => {
    const ending = conclude(m, act, { to: 'create', result }, POLICY, moment())
    expect(ending.because).toEqual(because(rule))
  })
})
