import { expect, test } from 'vitest'
import { type Manifest, manifestsOf } from './house.ts'
import { versionFaults } from './versions.ts'

const aManifest = (folder: string, dependencies: Record<string, string>): Manifest => ({
  folder,
  name: folder,
  dependencies,
  devDependencies: {},
})

test('every dependency has one exact version, the same in every package', () => {
  const manifests = manifestsOf()
  expect(manifests.length).toBeGreaterThan(8)
  expect(versionFaults(manifests)).toEqual([])
})

test.each(['^1.0.0', '~1.0.0', '1.x', '*', 'latest', '>=1.0.0', 'git+ssh://x', ''])(
  '"%s" is not exact',
  (version) => {
    expect(versionFaults([aManifest('packages/a', { x: version })])).toHaveLength(1)
  },
)

test('two versions of one package, and one of ours by number, are found', () => {
  const two = [aManifest('packages/a', { x: '1.0.0' }), aManifest('apps/b', { x: '1.0.1' })]
  expect(versionFaults(two)).toEqual([expect.stringContaining('packages/a/package.json for 1.0.0')])
  expect(versionFaults([aManifest('apps/b', { '@snapferry/x': '0.1.0' })])).toHaveLength(1)
  expect(versionFaults([aManifest('apps/b', { '@snapferry/x': 'workspace:*', y: '1.2.3-rc.1' })])).toEqual([])
})
