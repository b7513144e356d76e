import { posix } from 'node:path'
import { isTest, type Manifest, type SourceFile } from './house.ts'
import { importsOf } from './imports.ts'

/** What one package may import in its sources. */
interface Allowed {
  /** Our own packages, by their short names; `everything` for the apps that put all together. */
  readonly ours: readonly string[] | 'everything'
  /** Packages of others; a name that ends in `/` allows the whole scope. */
  readonly others: readonly string[] | 'everything'
  /** Whether it may use Node's own modules: the pure packages may not. */
  readonly node: boolean
}

/** The boundaries of the house: apps → adapters → domain, never back. */
// biome-ignore format: one row is one package
export const HOUSE: Readonly<Record<string, Allowed>> = {
  migration: { ours: [], others: [], node: false },
  qcow2:     { ours: [], others: [], node: false },
  contracts: { ours: [], others: ['typebox'], node: false },
  scaleway:  { ours: ['migration'], others: ['undici', 'typebox', '@aws-sdk/', 'yaml'], node: true },
  redis:     { ours: ['migration', 'contracts'], others: ['ioredis', 'bullmq'], node: true },
  telemetry: { ours: ['migration'], others: ['pino', 'prom-client', '@opentelemetry/api'], node: true },
  emulator:  { ours: ['qcow2'], others: ['fastify', '@fastify/'], node: true },
  api:       { ours: ['migration', 'contracts', 'redis', 'telemetry', 'scaleway'], others: ['fastify', '@fastify/', 'typebox', 'ajv'], node: true },
  worker:    { ours: ['migration', 'qcow2', 'scaleway', 'redis', 'telemetry'], others: [], node: true },
  sandbox:   { ours: 'everything', others: 'everything', node: true },
  bench:     { ours: 'everything', others: 'everything', node: true },
  simulator: { ours: 'everything', others: 'everything', node: true },
  'journal-laws': { ours: ['migration'], others: ['vitest', 'fast-check'], node: false },
}

/** Tests may use what their package.json declares; this not even they: an emulator tested by our own client agrees with it. */
const NEVER_EVEN_IN_TESTS: Readonly<Record<string, readonly string[]>> = { emulator: ['scaleway'] }

const SCOPE = '@snapferry/'
const REPAIR =
  'Move the code to where it may be used, or change HOUSE in infra/checks/boundaries.ts and the design with a decision.'

/** Every import and every declared dependency that breaks the table, one sentence each; none is good. */
export function boundaryBreaks(files: readonly SourceFile[], manifests: readonly Manifest[]): string[] {
  return [...files.flatMap((file) => breaksOfFile(file, manifests)), ...manifests.flatMap(breaksOfManifest)]
}

function breaksOfFile(file: SourceFile, manifests: readonly Manifest[]): string[] {
  const [kind, name] = file.path.split('/')
  if (kind === undefined || name === undefined) return []
  const folder = `${kind}/${name}`
  const allowed = HOUSE[name]
  if (allowed === undefined) return [`${file.path}: ${folder} is not in the table. ${REPAIR}`]
  return importsOf(file.text).flatMap((imported) => {
    const why =
      imported === null ? computedWhy(name) : whyNot(imported, { file, folder, name, allowed, manifests })
    return why === null ? [] : [`${file.path} imports ${imported ?? 'a computed name'}: ${why}. ${REPAIR}`]
  })
}

function computedWhy(name: string): string | null {
  return HOUSE[name]?.ours === 'everything' ? null : 'an import must name what it imports'
}

interface Importing {
  readonly file: SourceFile
  readonly folder: string
  readonly name: string
  readonly allowed: Allowed
  readonly manifests: readonly Manifest[]
}

function whyNot(imported: string, { file, folder, name, allowed, manifests }: Importing): string | null {
  if (imported.startsWith('.')) {
    const target = posix.normalize(posix.join(posix.dirname(file.path), imported))
    if (!target.startsWith(`${folder}/`)) return 'it leaves the package; import the other one by its name'
    return !isTest(file.path) && isTest(target) ? 'sources do not import tests' : null
  }
  if (imported.startsWith(SCOPE) && imported.slice(SCOPE.length).includes('/')) {
    return 'it reaches deep into another package; import its front door'
  }
  if (isTest(file.path)) return whyNotInTest(imported, { name, folder, manifests })
  if (imported.startsWith('node:')) return allowed.node ? null : `${name} is pure and imports nothing of Node`
  return isAllowed(imported, allowed) ? null : `${name} may not import it`
}

function whyNotInTest(
  imported: string,
  { name, folder, manifests }: Pick<Importing, 'name' | 'folder' | 'manifests'>,
): string | null {
  if (imported.startsWith('node:')) return null
  if (isNever(name, imported)) return `${name} must not know ${imported}, not even in tests`
  const own = manifests.find((manifest) => manifest.folder === folder)
  const root = manifests.find((manifest) => manifest.folder === '')
  const declared = { ...own?.dependencies, ...own?.devDependencies, ...root?.devDependencies }
  const isOwn = imported === own?.name
  return isOwn || packageOf(imported) in declared ? null : `${folder}/package.json does not declare it`
}

function breaksOfManifest({ folder, dependencies, devDependencies }: Manifest): string[] {
  if (folder === '') return []
  const name = folder.split('/')[1] ?? ''
  const allowed = HOUSE[name]
  if (allowed === undefined) return [`${folder} is not in the table. ${REPAIR}`]
  const bad = Object.keys(dependencies).filter((each) => !isAllowed(each, allowed))
  const badInTests = Object.keys(devDependencies).filter((each) => isNever(name, each))
  return [...bad, ...badInTests].map(
    (each) => `${folder}/package.json depends on ${each}: not in the table. ${REPAIR}`,
  )
}

function isAllowed(imported: string, { ours, others }: Allowed): boolean {
  if (imported.startsWith(SCOPE)) return ours === 'everything' || ours.includes(imported.slice(SCOPE.length))
  if (others === 'everything') return true
  return others.some((each) =>
    each.endsWith('/') ? imported.startsWith(each) : packageOf(imported) === each,
  )
}

function isNever(name: string, imported: string): boolean {
  return (
    imported.startsWith(SCOPE) && (NEVER_EVEN_IN_TESTS[name] ?? []).includes(imported.slice(SCOPE.length))
  )
}

/** `@scope/name/deep` → `@scope/name`, `name/deep` → `name`. */
function packageOf(imported: string): string {
  return imported
    .split('/')
    .slice(0, imported.startsWith('@') ? 2 : 1)
    .join('/')
}
