import type { SnapshotLooks, SnapshotState } from '@snapferry/migration'
import { good } from '@snapferry/migration'
import { describe, expect, test } from 'vitest'
import { requestIdOf } from '../src/request-id.ts'
import { scrubLooks } from '../src/scrub-looks.ts'
import { openScrub } from '../src/words.ts'

const SECRET = '5a4d0b0c-5a4d-4b0c-8a4d-0b0c5a4d0b0c'
const scrub = openScrub([SECRET])

describe('the id of a request', () => {
  test.each([
    ['7d6a7a0e-1111-4222-8333-444455556666', '7d6a7a0e-1111-4222-8333-444455556666'],
    ['txg5a4d:1.2', 'txg5a4d:1.2'],
    [undefined, null],
    ['', null],
    [SECRET, null],
    ['two words', null],
    ['x'.repeat(129), null],
  ])('%j is kept as %j', (header, kept) => {
    expect(requestIdOf(header, scrub)).toBe(kept)
  })
})

describe('what a look says about a snapshot', () => {
  test.each<[SnapshotState, SnapshotState]>([
    [
      {
        kind: 'invalid-data',
        word: 'invalid_data',
        details: `GET https://x/y?X-Amz-Signature=abc as ${SECRET}`,
      },
      { kind: 'invalid-data', word: 'invalid_data', details: 'GET https://x/y?[removed] as [removed]' },
    ],
    [
      { kind: 'error', word: 'error', details: null },
      { kind: 'error', word: 'error', details: null },
    ],
    [
      { kind: 'unknown', word: `lost ${SECRET}` },
      { kind: 'unknown', word: 'lost [removed]' },
    ],
    [
      { kind: 'available', word: 'available' },
      { kind: 'available', word: 'available' },
    ],
  ])('%j is kept as %j', async (state, kept) => {
    const seen = { id: 'one', state }
    const careless = {
      backend: 'block',
      find: async () => good(seen),
      findVolume: async () => good(null),
      tagged: async () => good([seen]),
    } as unknown as SnapshotLooks
    const looks = scrubLooks(careless, scrub)
    const at = { backend: 'block', zone: 'fr-par-1', id: 'one' } as never
    expect(await looks.find(at)).toEqual(good({ id: 'one', state: kept }))
    expect(await looks.findVolume(at)).toEqual(good(null))
    expect(await looks.tagged(at)).toEqual(good([{ id: 'one', state: kept }]))
  })
})
