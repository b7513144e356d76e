import { expect, test } from 'vitest'
import { HEADING, namedCells, tableOfCells, unmet } from '../src/runs/named-cells.ts'
import { noTally } from '../src/runs/tally.ts'

const DOCUMENT = `# Faults

| not | this | table |
|---|---|---|
| a | b | c |

${HEADING}

Words before it.

| phase | fault | crash point |
|---|---|---|
| import | worker killed | after write |
| export | 429 | look |

## The next section

| not | this | either |
|---|---|---|
| a | b | c |
`

test('a document names the cells of the one table under the heading', () => {
  expect(namedCells(DOCUMENT)).toEqual(['import | worker killed | after write', 'export | 429 | look'])
  expect(namedCells('# Faults\n')).toEqual([])
})

test.each(['| import | worker killed |', '| import |  | look |', '| a | b | c | d |'])(
  'the row %s is a mistake',
  (row) => {
    expect(() => namedCells(DOCUMENT.replace('| export | 429 | look |', row))).toThrow(/names phase, fault/)
  },
)

test('a named cell is unmet when it mattered in no story, though it happened', () => {
  const tally = noTally()
  tally.cells.set('export | 429 | look', { happened: 3, mattered: 0 })
  tally.cells.set('import | worker killed | after write', { happened: 3, mattered: 2 })
  expect(unmet(namedCells(DOCUMENT), tally)).toEqual(['export | 429 | look'])
})

test('the table of cells worth naming is read back as it was written', () => {
  const tally = noTally()
  tally.cells.set('export | 429 | look', { happened: 30, mattered: 20 })
  tally.cells.set('verify | HTML | look', { happened: 30, mattered: 19 })
  expect(namedCells(`${HEADING}\n\n${tableOfCells(tally)}\n`)).toEqual(['export | 429 | look'])
})
