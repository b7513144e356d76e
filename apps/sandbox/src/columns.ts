import { stripVTControlCharacters } from 'node:util'
import stringWidth from 'string-width'

/** How wide everything is that the sandbox prints. */
export const COLUMNS = 80

const letters = new Intl.Segmenter('en', { granularity: 'grapheme' })

/** A text of anybody's as one line: what would move the cursor, colour or reorder the line becomes a space. */
export function oneLine(text: string): string {
  return stripVTControlCharacters(text.toWellFormed()).replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, ' ')
}

/** The text as one line of at most `columns` terminal columns, with … where something is missing. */
export function cutTo(text: string, columns: number): string {
  const line = oneLine(text)
  if (stringWidth(line) <= columns) return line
  return columns < 1 ? '' : `${headOf(line, columns - 1)}…`
}

/**
 * The text in lines of at most `columns` terminal columns, broken between words (a longer word is broken in itself);
 * every line after the first begins with `hang` spaces, by default two more than the first.
 */
export function fold(text: string, columns = COLUMNS, hang = indentOf(text) + 2): readonly string[] {
  const line = oneLine(text)
  if (stringWidth(line) <= columns) return [line]
  const lines: string[] = []
  // An indent that leaves no room for words would never end.
  const indentMax = Math.floor(columns / 2)
  const further = ' '.repeat(Math.min(hang, indentMax))
  let current = ' '.repeat(Math.min(indentOf(line), indentMax))
  let isFresh = true
  for (const word of line.split(' ').filter((each) => each !== '')) {
    let rest = word
    if (!isFresh && stringWidth(`${current} ${rest}`) <= columns) {
      current += ` ${rest}`
      continue
    }
    if (!isFresh) {
      lines.push(current)
      current = further
    }
    while (rest !== '' && stringWidth(current + rest) > columns) {
      const head = headOf(rest, columns - stringWidth(current)) || firstLetter(rest)
      lines.push(current + head)
      rest = rest.slice(head.length)
      current = further
    }
    current += rest
    isFresh = rest === ''
  }
  return current.trim() === '' ? lines : [...lines, current]
}

function indentOf(text: string): number {
  return text.length - text.trimStart().length
}

/** As many whole letters as fit. */
function headOf(line: string, columns: number): string {
  let head = ''
  for (const { segment } of letters.segment(line)) {
    if (stringWidth(head + segment) > columns) break
    head += segment
  }
  return head
}

function firstLetter(line: string): string {
  for (const { segment } of letters.segment(line)) return segment
  return line
}
