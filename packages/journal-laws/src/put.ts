import type { Journal, MigrationId, Reading } from '@snapferry/migration'
import { expect } from 'vitest'
import { aMigration, created } from './a-migration.ts'

/** Creates a migration and reads it back. */
export async function put(journal: Journal, m = aMigration()): Promise<Reading> {
  expect(await journal.create(m, created(m), null)).toMatchObject({ outcome: 'created' })
  return await look(journal, m.id)
}

/** Reads a migration that is there. */
export async function look(journal: Journal, id: MigrationId): Promise<Reading> {
  const reading = await journal.read(id)
  if (reading === null) throw new Error(`${id} is not in the journal`)
  return reading
}

/** What tells an event of these tests from another. */
export function textOf(event: { type: string; reason?: string }): string {
  return event.reason ?? event.type
}

/** What is surely there: a law that finds nothing there is itself broken. */
export function must<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('nothing there')
  return value
}
