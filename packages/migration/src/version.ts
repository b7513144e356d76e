import type { Migration } from './migration.ts'

/** The rules that the records of this program follow. A number up is a change that older programs must not touch. */
export const DEFINITION_VERSION = 3

/** The rules before: their records are finished by this program, under its own rules. */
const PREVIOUS_VERSIONS: readonly unknown[] = [1, 2]

/** Whether this program may move a record: it was written under its rules or under those before. */
export function isKnownVersion(version: unknown): boolean {
  return version === DEFINITION_VERSION || PREVIOUS_VERSIONS.includes(version)
}

/**
 * A record as this program's rules want it. Version 1 did not always count setbacks; up to version 2 a claim was always the
 * sole right to something, and an older program would take a place in a budget for one. What is of an unknown version is
 * handed back as it is: it is neither read nor changed, see `isKnownVersion`.
 */
export function upgraded(m: Migration): Migration {
  const { definitionVersion }: { readonly definitionVersion: unknown } = m
  if (!PREVIOUS_VERSIONS.includes(definitionVersion)) return m
  const { setbacks }: { readonly setbacks?: number } = m
  return { ...m, definitionVersion: DEFINITION_VERSION, setbacks: setbacks ?? 0 }
}
