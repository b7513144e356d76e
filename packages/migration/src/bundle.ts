import { isEventType } from './apply.ts'
import { isMigrationId } from './ids.ts'
import { redacted, type Story } from './redact.ts'
import { bad, good, type Result } from './result.ts'
import { isKnownVersion, upgraded } from './version.ts'

/** The form of a bundle: a reader of another one says so instead of guessing. */
export const BUNDLE_FORMAT = 1

/** The program that wrote a bundle. */
export interface Program {
  readonly version: string
  readonly revision: string
}

/** One migration in one file, under pseudonyms: what it is, what happened, and what every decision was made from. */
export interface Bundle extends Story {
  readonly format: typeof BUNDLE_FORMAT
  /** Milliseconds since 1970. */
  readonly madeAt: number
  readonly program: Program
}

/** The bundle of a migration; `events` are all of them, oldest first. */
export function bundleOf(
  story: Story,
  { madeAt, program }: { readonly madeAt: number; readonly program: Program },
): Bundle {
  return { format: BUNDLE_FORMAT, madeAt, program, ...redacted(story) }
}

/** A bundle from parsed JSON, or in one sentence why it is none. What its events hold shows when they are replayed. */
export function readBundle(value: unknown): Result<Bundle, string> {
  if (!isFields(value) || !('format' in value))
    return bad('This is not a bundle: it has no field "format". GET /v1/migrations/{id}/bundle gives one.')
  if (value['format'] !== BUNDLE_FORMAT)
    return bad(`This bundle has format ${show(value['format'])}; this program reads format ${BUNDLE_FORMAT}.`)
  const { record, pulse, events, program, madeAt } = value
  if (!isFields(record) || typeof record['id'] !== 'string' || !isMigrationId(record['id']))
    return bad('This bundle has no record of a migration.')
  if (!isKnownVersion(record['definitionVersion']))
    return bad(
      `Its record follows rules ${show(record['definitionVersion'])}, which this program does not know.`,
    )
  if (!isFields(pulse)) return bad('This bundle has no pulse.')
  if (!isFields(program) || typeof madeAt !== 'number')
    return bad('This bundle does not say who made it, and when.')
  if (!Array.isArray(events) || events.length === 0) return bad('This bundle has no events.')
  const strange = events.findIndex((event) => !isEvent(event))
  if (strange !== -1) return bad(`Event ${strange + 1} is none that this program knows.`)
  if (events[0].type !== 'created') return bad('Its first event is not "created": the beginning is missing.')
  const bundle = value as unknown as Bundle
  return good({ ...bundle, record: upgraded(bundle.record) })
}

type Fields = Readonly<Record<string, unknown>>

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isEvent(value: unknown): boolean {
  return isFields(value) && isEventType(value['type']) && typeof value['at'] === 'number'
}

function show(value: unknown): string {
  return JSON.stringify(value)?.slice(0, 40) ?? 'none'
}
