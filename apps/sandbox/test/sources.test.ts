import { describe, expect, test } from 'vitest'
import { changesOf } from '../src/sources.ts'

const web = { id: 'w', name: 'web', size: 10, tags: ['a', 'b'], state: 'available', project: 'p' }
const sql = { id: 's', name: 'sql', size: 20, tags: [], state: 'in_use', project: 'p' }

describe('the sources are compared with what the provider showed before the move', () => {
  test.each([
    { what: 'nothing changed, in another order', after: [sql, { ...web, tags: ['b', 'a'] }], found: [] },
    { what: 'gone', after: [sql], found: ['the source web (w) is gone'] },
    {
      what: 'name',
      after: [{ ...web, name: 'x' }, sql],
      found: ['the source web (w) changed: name "web" → "x"'],
    },
    {
      what: 'a tag more',
      after: [{ ...web, tags: ['a', 'b', 'ours'] }, sql],
      found: ['the source web (w) changed: tags ["a","b"] → ["a","b","ours"]'],
    },
    { what: 'size', after: [{ ...web, size: 11 }, sql], found: ['the source web (w) changed: size 10 → 11'] },
    {
      what: 'state',
      after: [web, { ...sql, state: 'exporting' }],
      found: ['the source sql (s) changed: state "in_use" → "exporting"'],
    },
    {
      what: 'project',
      after: [{ ...web, project: 'q' }, sql],
      found: ['the source web (w) changed: project "p" → "q"'],
    },
    {
      what: 'two at once',
      after: [{ ...web, size: 1, project: 'q' }],
      found: [
        'the source web (w) changed: size 10 → 1',
        'the source web (w) changed: project "p" → "q"',
        'the source sql (s) is gone',
      ],
    },
  ])('$what', ({ after, found }) => {
    expect(changesOf([web, sql], after).map(({ text }) => text)).toEqual(found)
  })
})
