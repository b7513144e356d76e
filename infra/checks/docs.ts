import type { SourceFile } from './house.ts'

/** The names of the sections of a Markdown page: its `## ` headings, in order. */
export function sectionsOf(page: string): string[] {
  return [...page.matchAll(/^## (.+?)\s*$/gm)].map((match) => match[1] ?? '')
}

/** What two lists do not share, one sentence each, each saying how to repair it; none is good. */
export function differences(
  wanted: readonly string[],
  there: readonly string[],
  say: { readonly missing: (name: string) => string; readonly extra: (name: string) => string },
): string[] {
  return [
    ...wanted.filter((name) => !there.includes(name)).map(say.missing),
    ...there.filter((name) => !wanted.includes(name)).map(say.extra),
  ]
}

/** Failure kinds without a section in docs/failures.md, and sections without a kind. Ordinary pages start with a capital. */
export function failurePageFaults(kinds: readonly string[], page: string): string[] {
  const sections = sectionsOf(page).filter((title) => /^[a-z]/.test(title))
  return differences(kinds, sections, {
    missing: (kind) =>
      `docs/failures.md has no section "## ${kind}": write what it means for caller, operator and support.`,
    extra: (kind) =>
      `docs/failures.md has "## ${kind}", which CATALOGUE does not know: remove the section or add the kind.`,
  })
}

/** What a row of the catalogue of failures says about a kind. */
export interface FailureRow {
  readonly attempts: number
  readonly spent: string
  readonly tell: string
}

/** Sections of docs/failures.md whose row does not say what the catalogue says about that kind, or that have none. */
export function failureRowFaults(catalogue: Readonly<Record<string, FailureRow>>, page: string): string[] {
  const told = new Map(
    page
      .split(/^## /m)
      .map((section) => [
        section.split('\n', 1)[0]?.trim() ?? '',
        /^attempts: .*$/m.exec(section)?.[0] ?? '',
      ]),
  )
  return Object.entries(catalogue).flatMap(([kind, { attempts, spent, tell }]) => {
    const row = `attempts: ${attempts} · then: ${spent} · told: ${tell}`
    const there = told.get(kind)
    if (there === undefined || there === row) return []
    return [`docs/failures.md says "${there}" under "## ${kind}": write "${row}", as CATALOGUE does.`]
  })
}

/** Words of the glossary that the page does not explain: each wants a bold word, a heading or a table's first cell. */
export function glossaryFaults(words: readonly string[], page: string): string[] {
  return words
    .filter((word) => !new RegExp(`(\\*\\*|^#+ |^\\| ?|^[-*] )\`?${word}\\b`, 'im').test(page))
    .map((word) => `docs/glossary.md does not explain "${word}": add a line that begins with **${word}**.`)
}

/** What the README does not say: the two commands, and the phases of the route in their order. */
export function readmeFaults(phases: readonly string[], readme: string): string[] {
  const route = phases.join(' → ')
  return ['npm start', 'npm test', route]
    .filter((words) => !readme.includes(words))
    .map((words) => `README.md does not say "${words}": write it, exactly so.`)
}

const ENV_NAME = /\b(?:(?:SNAPFERRY|SCW)_[A-Z0-9]+(?:_[A-Z0-9]+)*|REDIS_URL)\b(?!_)/g

/** The names of the environment that sources speak of, sorted, each once. A name in a comment counts: it is promised there. */
export function envNamesRead(files: readonly SourceFile[]): string[] {
  return [...new Set(files.flatMap(({ text }) => text.match(ENV_NAME) ?? []))].toSorted()
}

/** The names that .env.example gives, as `NAME=…` or, for what is optional, `# NAME=…`. */
export function envNamesGiven(example: string): string[] {
  return [...example.matchAll(/^(?:#\s*)?([A-Z][A-Z0-9_]*)=/gm)].map((match) => match[1] ?? '')
}

/** Names read but not given in .env.example, and given but not read. `X_FILE` is read wherever `X` is. */
export function envFaults(files: readonly SourceFile[], example: string): string[] {
  const read = envNamesRead(files)
  const given = envNamesGiven(example).filter(
    (name) => !read.includes(name.replace(/_FILE$/, '')) || read.includes(name),
  )
  return differences(read, given, {
    missing: (name) =>
      `.env.example lacks ${name}, which the code reads: add a line "# ${name}=" with a sentence above it.`,
    extra: (name) => `.env.example gives ${name}, which no code reads: remove the line.`,
  })
}
