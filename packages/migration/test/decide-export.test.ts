import { describe, expect, test } from 'vitest'
import { bad, copyTag, good, needs, POLICY } from '../src/index.ts'
import {
  aCloudFailure,
  anObject,
  aPlan,
  aRow,
  ID,
  imageItem,
  keyOf,
  moment,
  NOW,
  running,
  TO,
  takenItem,
} from './a-migration.ts'
import { check, exporting, OPEN, saw } from './told.ts'

const asked = (agoMs: number) => running({ intent: { ...OPEN, at: NOW - agoMs }, send: 1 })
const made = running({ ledger: [imageItem(1)], send: 1 })

describe('export', () => {
  test('starts when the source is ready, and never otherwise', () => {
    const starts = 'intended export.2.1; start-export'
    check([
      ['available', running(), saw([]), moment(), starts],
      ['in use', running(), saw([], exporting('in-use')), moment(), starts],
      ['somebody else exports it', running(), saw([], exporting()), moment(), 'wait: source-busy'],
      ['not finished', running(), saw([], exporting('pending')), moment(), 'wait: source-busy'],
      ['a word nobody knows', running(), saw([], exporting('unknown')), moment(), 'wait: unknown-state'],
      ['error', running(), saw([], exporting('error')), moment(), 'source-error → unwind'],
      ['locked', running(), saw([], exporting('locked')), moment(), 'source-locked → unwind'],
      ['without its claim', running({ claims: [] }), {}, moment(), 'admitted'],
    ])
  })

  test('numbers a send above every key that is there, whoever wrote it', () => {
    const disowned = running({ ledger: [imageItem(1, { state: 'disowned' })], send: 1 })
    check([
      ['after send 1', disowned, saw([anObject(1, 0)]), moment(), 'intended export.2.2; start-export'],
      [
        'a forgotten and disowned key',
        { ...disowned, send: 0 },
        saw([]),
        moment(),
        'intended export.2.2; start-export',
      ],
      ['a forgotten key 7', running(), saw([anObject(7, 0)]), moment(), 'intended export.2.8; start-export'],
    ])
  })

  test('takes a placeholder for acceptance, a complete object for proof and an exporting source for neither', () => {
    check([
      ['placeholder', asked(1_000), saw([anObject(1, 0)], exporting()), moment(), 'settled 1.qcow2'],
      ['exporting alone', asked(1_000), saw([], exporting()), moment(), 'wait: source-busy'],
      ['exporting, long after', asked(999_000), saw([], exporting()), moment(), 'wait: source-busy'],
      ['complete', asked(1_000), saw([anObject(1)], exporting()), moment(), 'settled 1.qcow2; export done'],
      [
        'complete, by an earlier send',
        { ...asked(0), intent: { ...OPEN, id: 'export.2.2', send: 2, mark: keyOf(2), at: NOW } },
        saw([anObject(1)]),
        moment(),
        'settled 2.qcow2; export done, extra 2.qcow2',
      ],
      [
        'complete but disowned',
        running({ ledger: [imageItem(1, { state: 'disowned' })] }),
        saw([anObject(1)], exporting()),
        moment(),
        'wait: source-busy',
      ],
      ['two complete', running(), saw([anObject(2), anObject(1)]), moment(), 'export done, extra 2.qcow2'],
    ])
  })

  test('gives a lost answer up only after 45 s, and only while the source is seen not to export', () => {
    check([
      ['44.9 s', asked(44_900), saw([]), moment(), 'wait: answer-lost'],
      ['45 s', asked(45_000), saw([]), moment(), 'settled nothing'],
      ['a word nobody knows', asked(99_000), saw([], exporting('unknown')), moment(), 'wait: unknown-state'],
      [
        'the source was not seen',
        asked(99_000),
        saw([], bad(aCloudFailure('no-answer', false))),
        moment(),
        'wait: provider-unavailable',
      ],
    ])
  })

  test('takes it for failed after two looks 60 s apart, not after one', () => {
    check([
      ['works', made, saw([anObject(1, 0)], exporting()), moment(), 'wait: exporting'],
      ['first look', made, saw([anObject(1, 0)]), moment(), 'wait: export-unproven'],
      ['59 s', made, saw([]), moment({ why: 'export-unproven', sinceMs: 59_000 }), 'wait: export-unproven'],
      [
        '60 s',
        made,
        saw([]),
        moment({ why: 'export-unproven', sinceMs: 60_000 }),
        'export-left-nothing → again, disowns 1.qcow2',
      ],
      [
        '60 s for another reason',
        made,
        saw([]),
        moment({ why: 'exporting', sinceMs: 60_000 }),
        'wait: export-unproven',
      ],
      [
        'damaged',
        made,
        saw([anObject(1, 4_096, 'bad')]),
        moment(),
        'export-bad-image → again, disowns 1.qcow2',
      ],
      [
        'damaged, third attempt',
        { ...made, attempt: 3 },
        saw([anObject(1, 4_096, 'bad')]),
        moment(),
        'export-bad-image → unwind, disowns 1.qcow2',
      ],
    ])
  })

  test('calls the source gone after two looks 60 s apart; a snapshot we took is taken again, its images given up', () => {
    const taken = running({
      ledger: [takenItem(), imageItem(1)],
      intent: { ...OPEN, send: 2, mark: keyOf(2), at: NOW },
    })
    const late = moment({ why: 'source-not-seen', sinceMs: 60_000 })
    check([
      ['once', running(), saw([], good(null)), moment(), 'wait: source-not-seen'],
      ['twice', running(), saw([], good(null)), late, 'source-gone → unwind'],
      ['complete by now', running(), saw([anObject(1)], good(null)), late, 'export done'],
      [
        'ours',
        taken,
        saw([], good(null)),
        late,
        'settled 2.qcow2; disowned taken-1,1.qcow2,2.qcow2; back to snapshot',
      ],
      [
        'ours, again and again',
        { ...taken, setbacks: 2 },
        saw([], good(null)),
        late,
        'settled 2.qcow2; snapshot-error → unwind, disowns taken-1,1.qcow2,2.qcow2',
      ],
    ])
  })

  test('looks for a proven copy before a create under another Redis, and goes to verify with it', () => {
    const elsewhere = moment({ redisRun: 'other' })
    const copy = aRow({ tags: [copyTag({ plan: aPlan(), id: ID })] })
    expect(needs(running(), moment()).proven).toBeUndefined()
    expect(needs(running(), elsewhere).proven).toMatchObject({ zone: TO, tag: `snapferry:copy=here.${ID}` })
    check([
      [
        'found',
        running(),
        { ...saw([]), proven: good([copy]) },
        elsewhere,
        'export done; inspect done; import done',
      ],
      ['none', running(), { ...saw([]), proven: good([]) }, elsewhere, 'wait: looking-back'],
      [
        'none, seen a list lag later',
        running(),
        { ...saw([]), proven: good([]) },
        moment({ redisRun: 'other', why: 'looking-back', sinceMs: POLICY.listLagMs }),
        'intended export.2.1; start-export',
      ],
      [
        'none, for an id whose first record was forgotten whole',
        running({ redisRun: '' }),
        { ...saw([]), proven: good([]) },
        elsewhere,
        'intended export.2.1; start-export',
      ],
      [
        'not answered',
        running(),
        { ...saw([]), proven: bad(aCloudFailure('throttled')) },
        elsewhere,
        'wait: provider-throttled',
      ],
    ])
  })
})
