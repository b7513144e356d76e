import { isTest, type SourceFile } from './house.ts'

/** Most lines of a source file: what does not fit has two ideas in it. */
export const SOURCE_LINES_MAX = 300
/** Most lines of a test file: tables may be longer than what they test. */
export const TEST_LINES_MAX = 500

/** Files that are too long, one sentence each; none is good. Fixtures and generated files are not written by people. */
export function tooLong(files: readonly SourceFile[]): string[] {
  return files.flatMap(({ path, text }) => {
    if (/(^|\/)(fixtures|generated)\//.test(path)) return []
    const lines = linesOf(text)
    const linesMax = isTest(path) ? TEST_LINES_MAX : SOURCE_LINES_MAX
    return lines <= linesMax
      ? []
      : [`${path} has ${lines} lines, more than ${linesMax}: give its second idea a file of its own.`]
  })
}

/** Lines of a text; the end of the last one begins no other. */
export function linesOf(text: string): number {
  return text.split('\n').length - (text.endsWith('\n') ? 1 : 0)
}
