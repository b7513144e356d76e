import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'

/** The folder of the repository. */
export const ROOT = join(import.meta.dirname, '../..')

/** One file of the repository: its path from the root, and its text. */
export interface SourceFile {
  readonly path: string
  readonly text: string
}

/** What a package.json says, as far as the checks read it. */
export interface Manifest {
  /** The folder from the root, such as `packages/qcow2`; empty for the root. */
  readonly folder: string
  readonly name: string
  readonly dependencies: Readonly<Record<string, string>>
  readonly devDependencies: Readonly<Record<string, string>>
}

/** Folders and files that hold nothing we wrote. */
const NOT_OURS = new Set(['node_modules', '.git', '.turbo', '.snapferry', 'coverage', 'test-report.json'])

/** Every text file whose name ends in one of these, under these folders (all when none is named), sorted by path. */
export function filesOf(endings: readonly string[], ...folders: readonly string[]): SourceFile[] {
  const starts = folders.length === 0 ? [ROOT] : folders.map((folder) => join(ROOT, folder))
  return starts
    .flatMap((start) => [...walk(start)])
    .filter((path) => endings.some((ending) => path.endsWith(ending)))
    .map((path) => ({ path: relative(ROOT, path), text: readFileSync(path, 'utf8') }))
    .toSorted((a, b) => (a.path < b.path ? -1 : 1))
}

function* walk(folder: string): Generator<string> {
  if (!existsSync(folder)) return
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (NOT_OURS.has(entry.name)) continue
    const path = join(folder, entry.name)
    if (entry.isDirectory()) yield* walk(path)
    else if (entry.isFile()) yield path
  }
}

/** The package.json of the root, of every package and of every app. */
export function manifestsOf(): Manifest[] {
  const members = ['packages', 'apps'].flatMap((kind) =>
    readdirSync(join(ROOT, kind)).map((name) => `${kind}/${name}`),
  )
  return ['', ...members].flatMap((folder) => {
    const file = join(ROOT, folder, 'package.json')
    if (!existsSync(file)) return []
    const read = JSON.parse(readFileSync(file, 'utf8')) as Partial<Manifest>
    const { name = folder, dependencies = {}, devDependencies = {} } = read
    return [{ folder, name, dependencies, devDependencies }]
  })
}

/** The text of a file of the repository; empty when it does not exist, so that the check says what it misses there. */
export function textOf(path: string): string {
  const file = join(ROOT, path)
  return existsSync(file) ? readFileSync(file, 'utf8') : ''
}

/** Whether a path is a test's: tests are held to other rules than what they test. */
export function isTest(path: string): boolean {
  return /(^|\/)(test|journeys)\//.test(path) || path.endsWith('.test.ts')
}
