import type { Manifest } from './house.ts'

const EXACT = /^\d+\.\d+\.\d+(?:-[\w.]+)?$/

/** Dependencies without an exact version, or with two of them in this repository, one sentence each; none is good. */
export function versionFaults(manifests: readonly Manifest[]): string[] {
  const first = new Map<string, { version: string; folder: string }>()
  return manifests.flatMap(({ folder, dependencies, devDependencies }) =>
    Object.entries({ ...dependencies, ...devDependencies }).flatMap(([name, version]) => {
      const place = `${folder === '' ? '' : `${folder}/`}package.json`
      if (name.startsWith('@snapferry/')) {
        return version === 'workspace:*' ? [] : [`${place} asks for ${name} ${version}: write workspace:*.`]
      }
      if (!EXACT.test(version)) return [`${place} asks for ${name} ${version}: write one exact version.`]
      const other = first.get(name)
      first.set(name, other ?? { version, folder: place })
      if (other === undefined || other.version === version) return []
      return [`${place} asks for ${name} ${version}, ${other.folder} for ${other.version}: agree on one.`]
    }),
  )
}
