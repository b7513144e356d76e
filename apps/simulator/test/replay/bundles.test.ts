import { readdirSync, readFileSync } from 'node:fs'
import { BECAUSE, POLICY, replay } from '@snapferry/migration'
import { describe, expect, test } from 'vitest'
import { BUNDLES, fileOf } from '../../replay/fixtures.ts'
import { type Loaded, load } from '../../replay/load.ts'
import { differenceLines } from '../../replay/pages.ts'
import { STORIES } from '../../replay/stories/stories.ts'
import { bundleText, missingIn } from '../../replay/tell-story.ts'

const REPAIR = 'when it is meant: pnpm replay --record, and review the diff'
const NAMES = Object.keys(STORIES)

function loaded(name: string): Loaded {
  const read = load(fileOf(name))
  if (!read.ok) throw new Error(read.failure)
  return read.value
}

/** Rules that no story needs: each is reached in packages/migration/test/because.test.ts. */
const ELSEWHERE = [
  ...[
    'answer-known',
    'answer-moot',
    'answer-unwanted',
    'copy-not-recorded',
    'forgotten-found',
    'goes-in-circles',
  ],
  ...['image-missing', 'image-of-other-size', 'image-replaced', 'intent-closed', 'look-refused'],
  ...['mark-due', 'size-too-small', 'source-broken', 'source-closed', 'taken-lost-again'],
  ...['undo-limit-over'],
]

describe('fixtures/bundles', () => {
  test('has one bundle for each story and nothing else', () => {
    expect(readdirSync(BUNDLES).toSorted(), 'pnpm replay --record writes what is missing').toEqual(
      NAMES.map((name) => `${name}.json`).toSorted(),
    )
  })

  test.each(NAMES)('%s: today’s code decides it as it was decided', (name) => {
    expect(differenceLines(loaded(name)), REPAIR).toEqual([])
  })

  test.each(NAMES)('%s: tells its story, one event a line', (name) => {
    const { bundle } = loaded(name)
    expect(missingIn(STORIES[name]!, bundle)).toEqual([])
    expect(readFileSync(fileOf(name), 'utf8')).toBe(bundleText(bundle))
  })

  test('a patience that is another one is named with the file, the event, then and today', () => {
    const { bundle, file } = loaded('import-answer-lost-nothing-made')
    const impatient = { ...POLICY, resendAgeMs: 90_000 }
    const lines = differenceLines({ file, bundle, replay: replay(bundle, impatient) })
    expect(lines).toEqual([
      expect.stringMatching(
        /import-answer-lost-nothing-made\.json: event \d+: Then it recorded settled \(nothing\); today/,
      ),
    ])
  })

  test('holds every rule but those that have a test of their own', () => {
    const told = new Set(
      NAMES.flatMap((name) => loaded(name).replay.steps.map(({ because }) => because?.rule)),
    )
    expect(
      Object.keys(BECAUSE)
        .filter((rule) => !told.has(rule as keyof typeof BECAUSE))
        .toSorted(),
    ).toEqual(ELSEWHERE.toSorted())
  })
})
