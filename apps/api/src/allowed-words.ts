/** The part of a JSON Schema that says what a value may be. */
export interface ValueSchema {
  readonly type?: string
  readonly enum?: readonly unknown[]
  readonly anyOf?: readonly ValueSchema[]
  readonly properties?: Readonly<Record<string, unknown>>
  readonly propertyNames?: ValueSchema
  readonly required?: readonly string[]
  readonly minimum?: number
  readonly maximum?: number
  readonly minLength?: number
  readonly maxLength?: number
  readonly maxItems?: number
  readonly maxProperties?: number
  readonly description?: string
  readonly examples?: readonly unknown[]
}

/** What a value may be, in words that follow "must be" or "Send". A pattern is told by the schema's description. */
export function allowedWords(schema: ValueSchema): string {
  if (schema.enum !== undefined) return `one of ${schema.enum.join(', ')}`
  if (schema.anyOf !== undefined) return unionWords(schema.anyOf, schema)
  switch (schema.type) {
    case 'integer':
      return `an integer${rangeWords(schema)}${asideWords(schema)}`
    case 'string':
      return `a text${lengthWords(schema)}${asideWords(schema)}`
    case 'boolean':
      return 'true or false'
    case 'array':
      return `a list${schema.maxItems === undefined ? '' : ` of at most ${schema.maxItems} items`}`
    default:
      return objectWords(schema)
  }
}

function unionWords(shapes: readonly ValueSchema[], { description }: ValueSchema): string {
  const names = shapes.flatMap((shape) => shape.required ?? [])
  if (names.length === shapes.length) return `exactly one of ${names.join(', ')}`
  return description === undefined ? 'of another shape' : firstSentence(description)
}

function objectWords({ properties, maxProperties }: ValueSchema): string {
  if (properties !== undefined) return `an object with fields of ${Object.keys(properties).join(', ')}`
  return `an object${maxProperties === undefined ? '' : ` with at most ${maxProperties} fields`}`
}

function rangeWords({ minimum, maximum }: ValueSchema): string {
  // The largest safe integer stands for no limit.
  const hasEnd = maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER
  if (minimum === undefined) return hasEnd ? ` of at most ${maximum}` : ''
  return hasEnd ? ` from ${minimum} to ${maximum}` : ` of at least ${minimum}`
}

function lengthWords({ minLength, maxLength }: ValueSchema): string {
  if (maxLength === undefined) return ''
  return minLength === undefined
    ? ` of at most ${maxLength} characters`
    : ` of ${minLength} to ${maxLength} characters`
}

function asideWords({ description, examples }: ValueSchema): string {
  const such = examples?.[0] === undefined ? '' : ` such as ${String(examples[0])}`
  return description === undefined ? such : `${such} (${firstSentence(description)})`
}

/** The first sentence of a description without its full stop, to stand inside another one. */
function firstSentence(description: string): string {
  const [sentence = ''] = description.split(/\.(?:\s|$)/)
  return sentence.charAt(0).toLowerCase() + sentence.slice(1)
}
