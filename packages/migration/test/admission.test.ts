import { describe, expect, test } from 'vitest'
import { decide, good, type Migration, needs, POLICY, type Running, type Seen } from '../src/index.ts'
import {
  anImage,
  aPlan,
  aSource,
  copyItem,
  EXPORT_CLAIMS,
  IMPORT_CLAIMS,
  imageItem,
  moment,
  NOW,
  queued,
  running,
  SIZE,
  takenItem,
} from './a-migration.ts'

const volume = aPlan({ source: { kind: 'volume', id: 'v' } })
const image = aPlan({
  source: { kind: 'image', bucket: 'bucket', key: 'a.qcow2' },
  from: null,
  backend: null,
})
const exporting = running({ claims: [] })
const importing = running({ phase: 'import', claims: [], facts: { image: anImage(1), sizeBytes: SIZE } })
const open = { id: 'import.2.2', phase: 'import', round: 2, send: 2, mark: 'wip', at: NOW } as const

/** What a migration asks for before it begins its phase: by which rule, and which memberships. */
function asked(m: Migration, seen: Seen = {}): readonly unknown[] {
  const decision = decide(m, seen, POLICY, moment())
  if (decision.do === 'sleep') return [decision.why.code]
  const admitted = decision.events.find((event) => event.type === 'admitted')
  return admitted === undefined ? [] : [decision.because.rule, admitted.claims]
}

describe('before it begins a phase a migration asks for everything that the phase takes, at once', () => {
  test.each<[string, Running, string, readonly string[]]>([
    ['the export of a snapshot', exporting, 'claim-needed', EXPORT_CLAIMS],
    [
      'the export of a volume',
      running({ ...exporting, plan: volume, facts: { snapshot: aSource().id }, ledger: [takenItem()] }),
      ...(['claim-needed', EXPORT_CLAIMS] as const),
    ],
    [
      'an export that has only its claim, as under the rules before',
      running({ claims: EXPORT_CLAIMS.slice(0, 1) }),
      ...(['claim-needed', EXPORT_CLAIMS] as const),
    ],
    ['the import', importing, 'place-needed', IMPORT_CLAIMS],
    ['the import of an image', { ...importing, plan: image }, 'place-needed', IMPORT_CLAIMS],
  ])('%s', (_, m, rule, claims) => {
    expect(asked(m)).toEqual([rule, claims])
    expect(needs(m, moment()), 'nothing is looked at in line').toEqual({})
    expect(asked({ ...m, claims }, { images: good([]), source: good(aSource()) })).toEqual([])
  })

  test.each<[string, Migration]>([
    ['the snapshot phase', running({ phase: 'snapshot', plan: volume, facts: { volume: 'volume-1' } })],
    ['inspect', running({ phase: 'inspect', facts: { image: anImage(1) } })],
  ])('%s takes nothing and looks or acts at once', (_, m) => {
    const seen = { judgement: good(null) }
    expect(asked(m, seen)).toEqual([])
  })

  test('an import that is announced, or made, is seen to its end although it has no place', () => {
    const made = { ...importing, ledger: [imageItem(1), copyItem()] }
    expect(asked({ ...importing, intent: open }, { tagged: good([]) })).toEqual(['answer-lost'])
    expect(Object.keys(needs(made, moment()))).toEqual(['row'])
  })

  test('the first checks take nothing: who stands in line does not check itself again and again', () => {
    const bucket = good({
      ...{ bucket: 'bucket', region: aPlan().image.region, project: null, versioned: false, locked: false },
    })
    expect(asked(queued(), { bucket, source: good(aSource()) })).toEqual(['checks-good', []])
  })
})
