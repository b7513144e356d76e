type Fields = Record<string, unknown>

/**
 * An OpenAPI document in which every schema with a `title` stands once, under that name in `components.schemas`, and
 * is referred to elsewhere. Two different schemas of one title are a mistake of ours and throw.
 */
export function named<T extends object>(document: T): T {
  const schemas = new Map<string, Fields>()
  const walked = walk(document, schemas)
  if (!isRecord(walked)) throw new Error('not an OpenAPI document')
  const components = isRecord(walked['components']) ? walked['components'] : {}
  const sorted = Object.fromEntries([...schemas].sort(([a], [b]) => (a < b ? -1 : 1)))
  return { ...walked, components: { ...components, schemas: sorted } } as T
}

function walk(value: unknown, schemas: Map<string, Fields>): unknown {
  if (Array.isArray(value)) return value.map((item) => walk(item, schemas))
  if (!isRecord(value)) return value
  const { title } = value
  const inner = Object.fromEntries(Object.entries(value).map(([name, field]) => [name, walk(field, schemas)]))
  if (typeof title !== 'string' || !isSchema(value)) return inner
  const known = schemas.get(title)
  if (known !== undefined && textOf(known) !== textOf(inner))
    throw new Error(`two different schemas are called ${title}`)
  if (known === undefined || 'description' in inner) schemas.set(title, inner)
  return { $ref: `#/components/schemas/${title}` }
}

/** A parameter has its schema's description beside it, not in it. */
function textOf({ description: _, ...rest }: Fields): string {
  return JSON.stringify(rest)
}

/** A schema says what it allows; `info` has a title too. */
function isSchema(value: Fields): boolean {
  return 'type' in value || 'anyOf' in value || 'enum' in value
}

function isRecord(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
