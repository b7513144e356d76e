/** One import of a file: the name as written, or null where the name is computed. */
export type Imported = string | null

/** Static, side-effect, re-exporting, dynamic and type imports, in this order; `require` is no way in either. */
const FORMS = [
  /^\s*(?:import|export)\b[^'"`;]*?\bfrom\s*(['"])([^'"]+)\1/gm,
  /^\s*import\s*(['"])([^'"]+)\1/gm,
  /\b(?:import|require)\s*\(\s*(['"`])([^'"`$]+)\1\s*[,)]/g,
]
/** Neither a method called `import` (`words.import(x)`) nor the declaration of one (`import(x: X)`). */
const COMPUTED = /(?<![.\w])(?:import|require)\s*\(\s*(?!['"]|\w+\??\s*:)(?:[^)\s])/g

/** Everything a source file imports, type imports and dynamic imports included, in no particular order. */
export function importsOf(text: string): Imported[] {
  const code = withoutCommentLines(text)
  const named = FORMS.flatMap((form) => [...code.matchAll(form)].map((match) => match[2] ?? ''))
  const computed = [...code.matchAll(COMPUTED)].filter((match) => !isPlainTemplate(code, match.index))
  return [...named, ...computed.map(() => null)]
}

/** A template without a placeholder is a name like any other. */
function isPlainTemplate(code: string, at: number): boolean {
  return /^\w+\s*\(\s*`[^`$]*`/.test(code.slice(at))
}

/** Comment lines may talk about imports; only whole lines are taken out, so a string with `//` in it survives. */
function withoutCommentLines(text: string): string {
  return text
    .split('\n')
    .filter((line) => !/^\s*(\/\/|\/\*|\*)/.test(line))
    .join('\n')
}
