import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { fileOf } from '../../replay/fixtures.ts'
import { load } from '../../replay/load.ts'
import { optionsOf } from '../../replay/options.ts'
import { page } from '../../replay/pages.ts'
import { type Desk, runReplay } from '../../replay/replay.ts'
import { show } from '../../replay/show.ts'
import { moved, movesOf } from '../../replay/stepper.ts'

const folder = mkdtempSync(join(tmpdir(), 'snapferry-replay-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const GOOD = fileOf('import-answer-lost-and-adopted')
const BIN = join(import.meta.dirname, '../../replay/bin.ts')

/** A file with this text. */
function aFile(name: string, text: string): string {
  const file = join(folder, name)
  writeFileSync(file, text)
  return file
}

/** The good bundle with something of its text replaced. */
function changed(name: string, from: string, to: string): string {
  const text = readFileSync(GOOD, 'utf8')
  expect(text).toContain(from)
  return aFile(name, text.replace(from, to))
}

/** A bundle in which the import surely made nothing: today's code would not have looked for it. */
const DIFFERS = changed('differs.json', '"nothing":false', '"nothing":true')

async function run(...args: string[]) {
  const said: string[] = []
  const complained: string[] = []
  const recorded: unknown[] = []
  const desk: Desk = {
    say: (line) => said.push(line),
    complain: (line) => complained.push(line),
    step: null,
    record: async (order) => {
      if (order.names.includes('none')) throw new Error('There is no story none.')
      recorded.push(order)
    },
  }
  const code = await runReplay(args, desk)
  return { code, said: said.join('\n'), complained: complained.join('\n'), recorded }
}

describe('the command line', () => {
  test.each([
    { args: [], says: 'Name the file of a bundle.' },
    { args: ['--chekc', 'a.json'], says: 'There is no option --chekc.' },
    { args: ['a.json', 'b.json'], says: 'One bundle is shown at a time; --check takes many.' },
    { args: ['--check'], says: 'Name the file of a bundle.' },
    { args: ['--all', 'a.json'], says: '--all goes with --record.' },
    { args: ['--record', '--check'], says: 'Either --check or --record.' },
  ])('$args is refused with a sentence and the usage', async ({ args, says }) => {
    const { code, complained } = await run(...args)
    expect([code, complained.split('\n')[0]]).toEqual([2, says])
    expect(complained).toContain('pnpm replay <bundle.json>')
  })

  test('--help says how it is used', async () => {
    expect(await run('--help', 'a.json')).toMatchObject({
      code: 0,
      said: expect.stringContaining('Home and End'),
    })
    expect(optionsOf(['-h'])).toEqual({ ok: true, value: { does: 'help' } })
  })

  test('--record hands the names on, and says what cannot be told', async () => {
    expect(await run('--record', '--all', 'a')).toMatchObject({
      code: 0,
      recorded: [{ names: ['a'], all: true }],
    })
    expect(await run('--record', 'none')).toMatchObject({ code: 2, complained: 'There is no story none.' })
  })
})

describe('a file', () => {
  test.each([
    { what: 'that is missing', file: join(folder, 'missing.json'), says: 'There is no file' },
    { what: 'that is a folder', file: folder, says: 'is a folder, not a bundle.' },
    { what: 'that is empty', file: aFile('empty.json', ''), says: 'is not JSON' },
    { what: 'that is not JSON', file: aFile('text.json', 'hello'), says: 'is not JSON' },
    {
      what: 'that was cut off',
      file: aFile('cut.json', readFileSync(GOOD, 'utf8').slice(0, 900)),
      says: 'is not JSON',
    },
    { what: 'that is no bundle', file: aFile('other.json', '{"a":1}'), says: 'This is not a bundle' },
    {
      what: 'of another format',
      file: changed('format.json', '"format": 1', '"format": 7'),
      says: 'format 7',
    },
  ])('$what gets one clear sentence, shown or checked', async ({ file, says }) => {
    for (const args of [[file], ['--check', file]]) {
      const { code, complained, said } = await run(...args)
      expect([code, said]).toEqual([2, ''])
      expect(complained).toContain(says)
      expect(complained.split('\n')).toHaveLength(1)
    }
  })

  test('whose events are broken inside is shown up to there, and never throws', async () => {
    const file = changed(
      'broken.json',
      '"type":"phase-completed","phase":"export","facts":{',
      '"type":"phase-completed","phase":"exprot","facts":{',
    )
    const { code, said } = await run('--check', file)
    expect(code).toBe(1)
    expect(said).toContain('cannot follow')
  })
})

describe('without a terminal', () => {
  test('every step is printed: seen, decided, why, and that today it is the same', async () => {
    const { code, said } = await run(GOOD)
    expect(code).toBe(0)
    expect(said).toMatch(/^seen {5}source: snapshot-block-1, available/m)
    expect(said).toMatch(/^answer {3}no-answer \(ImportSnapshot/m)
    expect(said).toMatch(/^why {6}answer-found: /m)
    expect(said).toMatch(/^today {4}the same$/m)
    expect(said).not.toContain('DIFFERS')
    expect(said).toContain("Today's code decides all of it as it was decided.")
  })

  test('a difference is marked, with what today’s code would decide', async () => {
    const { code, said } = await run(DIFFERS)
    expect(code).toBe(0)
    expect(said).toMatch(/^today {4}DIFFERS: Then it recorded waited \(answer-lost\); today it would record/m)
    expect(said).toMatch(/would decide otherwise at event \d+/)
  })

  test('--check prints only differences, each with its file and event', async () => {
    expect(await run('--check', GOOD)).toEqual({ code: 0, said: '', complained: '', recorded: [] })
    const { code, said } = await run('--check', GOOD, DIFFERS)
    expect(code).toBe(1)
    expect(said.split('\n')[0]).toMatch(/differs\.json: event \d+: Then it recorded/)
  })

  test('what is no bundle is worse than what differs', async () => {
    expect((await run('--check', DIFFERS, folder)).code).toBe(2)
    expect((await run('--check', folder, DIFFERS)).code).toBe(2)
  })

  test('nothing of a file speaks to the terminal', async () => {
    const file = changed('escape.json', '"by":"person-1"', '"by":"\\u001b]0;gotcha\\u0007\\u001b[2J\\u202e"')
    const { said } = await run(file)
    expect(said).toContain('gotcha')
    expect([...said.replaceAll('\n', '')].filter((letter) => /\p{Cc}|\p{Cf}/u.test(letter))).toEqual([])
  })
})

describe('on a terminal', () => {
  const read = load(GOOD)
  if (!read.ok) throw new Error(read.failure)
  const loaded = read.value
  const last = loaded.replay.steps.length - 1

  test.each([
    ['\u001b[C', ['next']],
    ['n', ['next']],
    ['\u001b[D', ['back']],
    ['p', ['back']],
    ['\u001b[H', ['first']],
    ['\u001b[1~', ['first']],
    ['\u001b[F', ['last']],
    ['\u001b[4~', ['last']],
    ['q', ['quit']],
    ['\u0003', ['quit']],
    ['nn\u001b[Dx\u001b[C', ['next', 'next', 'back', 'next']],
    ['\u001b', []],
    ['zz', []],
  ])('%j means %j', (input, moves) => {
    expect(movesOf(input)).toEqual(moves)
  })

  test('steps go forwards and back, and stop at both ends', () => {
    expect(moved(0, 'back', loaded.replay)).toBe(0)
    expect(moved(0, 'next', loaded.replay)).toBe(1)
    expect(moved(3, 'first', loaded.replay)).toBe(0)
    expect(moved(0, 'last', loaded.replay)).toBe(last)
    expect(moved(last, 'next', loaded.replay)).toBe(last)
    expect(moved(1, 'difference', loaded.replay), 'there is none').toBe(1)
  })

  test('shows the step it went to until somebody quits, and lets go of the terminal', async () => {
    const screens: string[] = []
    let hear: (input: string) => void = () => {}
    let listening = 0
    const listen = () => {
      listening++
      return () => void listening--
    }
    const over = show(loaded, {
      size: () => ({ columns: 100, rows: 40 }),
      write: (text) => screens.push(text),
      onResize: listen,
      onInput: (listener) => {
        hear = listener
        return listen()
      },
    })
    hear('\u001b[C')
    hear('\u001b[F')
    hear('p')
    hear('q')
    await over
    const steps = screens.flatMap((text) => /step (\d+) of/.exec(text)?.[1] ?? [])
    expect(steps).toEqual(['1', '2', String(last + 1), String(last)])
    expect(listening).toBe(0)
  })

  test('a difference is found by d, and marked in the row of steps', () => {
    const other = load(DIFFERS)
    if (!other.ok) throw new Error(other.failure)
    const at = moved(0, 'difference', other.value.replay)
    expect(other.value.replay.steps[at ?? 0]?.differs).not.toBeNull()
    expect(page(other.value, 0, { columns: 100, rows: 40 })).toMatch(/▲[·!]*!/)
  })

  test.each([
    { columns: 40, rows: 12 },
    { columns: 20, rows: 4 },
    { columns: 200, rows: 80 },
  ])('no page is larger than $columns × $rows', ({ columns, rows }) => {
    for (const at of loaded.replay.steps.keys()) {
      const lines = page(loaded, at, { columns, rows }).split('\r\n')
      expect(lines.length).toBeLessThanOrEqual(rows)
      expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(columns)
    }
  })
})

test('the program itself exits 0, 1 and 2', () => {
  const exits = [['--check', GOOD], ['--check', DIFFERS], [join(folder, 'missing.json')]].map(
    (args) => spawnSync(process.execPath, [BIN, ...args], { encoding: 'utf8' }).status,
  )
  expect(exits).toEqual([0, 1, 2])
})
