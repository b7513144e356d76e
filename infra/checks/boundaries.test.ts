import { describe, expect, test } from 'vitest'
import { boundaryBreaks, HOUSE } from './boundaries.ts'
import { foreignDeletes } from './deletes.ts'
import { filesOf, type Manifest, manifestsOf } from './house.ts'
import { importsOf } from './imports.ts'

const sources = filesOf(['.ts', '.mts', '.mjs', '.js'], 'packages', 'apps')
const manifests = manifestsOf()

test('every import and every dependency keeps to the table of the house', () => {
  expect(sources.length).toBeGreaterThan(20)
  expect(boundaryBreaks(sources, manifests)).toEqual([])
})

test('the table names every package and app there is, and no other', () => {
  const there = manifests.flatMap(({ folder }) => folder.split('/')[1] ?? [])
  expect(Object.keys(HOUSE).toSorted()).toEqual(there.toSorted())
})

test('nothing but removeOurs deletes, in the ports and in the adapter of the provider', () => {
  const ports = filesOf(['ports.ts'], 'packages/migration/src')
  expect(ports.map(({ path }) => path)).toContain('packages/migration/src/ports.ts')
  expect(foreignDeletes([...ports, ...filesOf(['.ts'], 'packages/scaleway/src')])).toEqual([])
})

describe('the checker finds', () => {
  const aPackage = (name: string, dev: Record<string, string> = {}): Manifest => ({
    folder: `packages/${name}`,
    name: `@snapferry/${name}`,
    dependencies: {},
    devDependencies: dev,
  })

  test.each([
    ['a pure package that uses Node', 'packages/migration/src/a.ts', `import { join } from 'node:path'`],
    [
      'a pure package that uses another',
      'packages/qcow2/src/a.ts',
      `import { x } from '@snapferry/migration'`,
    ],
    ['a type import too', 'packages/migration/src/a.ts', `import type { Redis } from 'ioredis'`],
    ['a type import inside a type', 'packages/migration/src/a.ts', `type A = import('ioredis').Redis`],
    ['a dynamic import', 'packages/migration/src/a.ts', `const a = await import('undici')`],
    ['a dynamic import by template', 'packages/migration/src/a.ts', 'const a = await import(`undici`)'],
    ['a computed import', 'packages/migration/src/a.ts', 'const a = await import(name)'],
    ['a computed template', 'packages/redis/src/a.ts', 'const a = await import(`ioredis/$' + '{name}`)'],
    ['an import for its side effect', 'packages/contracts/src/a.ts', `import 'pino'`],
    ['a re-export', 'packages/telemetry/src/a.ts', `export * from '@snapferry/redis'`],
    [
      'an import over several lines',
      'packages/redis/src/a.ts',
      `import {\n  a,\n} from '@snapferry/scaleway'`,
    ],
    [
      'a reach deep into a package',
      'apps/worker/src/a.ts',
      `import { a } from '@snapferry/redis/src/keys.ts'`,
    ],
    ['a relative way out', 'apps/worker/src/a.ts', `import { a } from '../../api/src/a.ts'`],
    ['a source that imports a test', 'apps/worker/src/a.ts', `import { a } from '../test/a.ts'`],
    [
      'an emulator that shares the reading of the client',
      'packages/emulator/src/a.ts',
      `import '@snapferry/scaleway'`,
    ],
    ['a package that imports an app', 'packages/redis/src/a.ts', `import '@snapferry/worker'`],
    ['an app that imports an app', 'apps/api/src/a.ts', `import '@snapferry/worker'`],
    ['a test that uses what is not declared', 'packages/redis/test/a.test.ts', `import 'undici'`],
    ['a package that is not in the table', 'packages/utils/src/a.ts', ''],
  ])('%s', (_, path, text) => {
    expect(boundaryBreaks([{ path, text }], [aPackage('redis')])).toHaveLength(1)
  })

  test('a dependency that the table does not allow, and an emulator tested by our own client', () => {
    const redis = { ...aPackage('redis'), dependencies: { undici: '8.0.0' } }
    const emulator = aPackage('emulator', { '@snapferry/scaleway': 'workspace:*' })
    const inTest = { path: 'packages/emulator/test/a.test.ts', text: `import '@snapferry/scaleway'` }
    expect(boundaryBreaks([], [redis])).toEqual([expect.stringContaining('depends on undici')])
    expect(boundaryBreaks([inTest], [emulator])).toHaveLength(2)
  })

  test('nothing where nothing is wrong', () => {
    const text = `// import 'undici'\nimport { a } from './a.ts'\nimport type { M } from '@snapferry/migration'\nimport 'bullmq'\nawait words.import(stage)\n`
    expect(boundaryBreaks([{ path: 'packages/redis/src/b.ts', text }], [aPackage('redis')])).toEqual([])
    expect(importsOf(text)).toEqual(['./a.ts', '@snapferry/migration', 'bullmq'])
  })

  test.each([
    'export async function deleteSnapshot(id: string) {}',
    'export const removeVolume = async () => {}',
    'export interface Writes {\n  deleteObject(at: Place): Promise<void>\n}',
    'export const writes = {\n  remove: async (id: string) => {},\n}',
    'class Api {\n  async purge(id: string) {}\n}',
    "await send({ method: 'DELETE', path })",
    'await s3.send(new DeleteObjectsCommand({ Bucket: bucket }))',
  ])('a delete beside removeOurs: %s', (text) => {
    expect(foreignDeletes([{ path: 'packages/scaleway/src/a.ts', text }])).toHaveLength(1)
  })

  test('no delete in removeOurs and in words of the provider', () => {
    const text = `  removeOurs(item: Item): Promise<void>\n  deleted: 'gone',\n  removed: true,\n`
    expect(foreignDeletes([{ path: 'packages/scaleway/src/a.ts', text }])).toEqual([])
  })
})
