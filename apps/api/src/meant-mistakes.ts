import type { ValueSchema } from './allowed-words.ts'

/** A mistake as the JSON Schema validator tells it. */
export interface SchemaMistake {
  readonly instancePath: string
  readonly schemaPath: string
  readonly keyword: string
  readonly params: Readonly<Record<string, unknown>>
  readonly message?: string | undefined
  /** The schema that was broken. */
  readonly parentSchema?: ValueSchema
  /** The value that broke it. */
  readonly data?: unknown
  /** Set on what is wrong inside the name of a field. */
  readonly propertyName?: string
}

/** The mistakes a person made, out of those the validator tells: a bad name and a bad union are told once. */
export function meantMistakes(mistakes: readonly SchemaMistake[]): readonly SchemaMistake[] {
  const once = mistakes.filter((mistake) => mistake.propertyName === undefined)
  const unions = once.filter((mistake) => mistake.keyword === 'anyOf')
  return unions.reduce<readonly SchemaMistake[]>(resolved, once)
}

/**
 * A union complains once for each of its shapes. Told are the complaints about the one shape whose field is there; when
 * none is, the fields nobody knows; when several are, only the union's own complaint.
 */
function resolved(mistakes: readonly SchemaMistake[], union: SchemaMistake): readonly SchemaMistake[] {
  const inside = (mistake: SchemaMistake) => mistake.schemaPath.startsWith(`${union.schemaPath}/`)
  const outside = mistakes.filter((mistake) => !inside(mistake) && mistake !== union)
  const shapes = Map.groupBy(mistakes.filter(inside), (mistake) => shapeOf(mistake, union))
  const given = fieldsOf(union.data)
  const known = (union.parentSchema?.anyOf ?? []).map((shape) => Object.keys(shape.properties ?? {}))
  const meant = known.flatMap((fields, at) => (fields.some((field) => given.includes(field)) ? [at] : []))
  const [only] = meant
  if (meant.length === 1) return [...outside, ...(shapes.get(String(only)) ?? [union])]
  const strange = meant.length > 0 ? undefined : [...shapes.values()].map(unknownFields).find(isSome)
  return [...outside, ...(strange ?? [union])]
}

function unknownFields(mistakes: readonly SchemaMistake[]): readonly SchemaMistake[] {
  return mistakes.filter((mistake) => mistake.keyword === 'additionalProperties')
}

function isSome(list: readonly unknown[]): boolean {
  return list.length > 0
}

function fieldsOf(value: unknown): readonly string[] {
  return typeof value === 'object' && value !== null ? Object.keys(value) : []
}

function shapeOf({ schemaPath }: SchemaMistake, union: SchemaMistake): string {
  return schemaPath.slice(union.schemaPath.length + 1).split('/')[0] ?? ''
}
