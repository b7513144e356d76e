import type { Migration } from './migration.ts'

/** The rules that the records of this program follow. A number up is a change that older programs must not touch. */
export const DEFINITION_VERSION = 2

/** The rules before: their records are finished by this program, under its own rules. */
const PREVIOUS_VERSION = 1

/** Whether this program may move a record: it was written under its rules or under those before. */
export function isKnownVersion(version: unknown): boolean {
  return version === DEFINITION_VERSION || version === PREVIOUS_VERSION
}

/**
 * A record as this program's rules want it. Version 1 did not always count setbacks. What is of an unknown version is
 * handed back as it is: it is neither read nor changed, see `isKnownVersion`.
 */
export function upgraded(m: Migration): Migration {
  const { definitionVersion }: { readonly definitionVersion: unknown } = m
  if (definitionVersion !== PREVIOUS_VERSION) return m
  const { setbacks }: { readonly setbacks?: number } = m
  return { ...m, definitionVersion: DEFINITION_VERSION, setbacks: setbacks ?? 0 }
}
