import { Ajv } from 'ajv'
import type { FastifySchemaCompiler } from 'fastify'

/** `verbose`: each mistake brings the schema it broke, from which is told what is allowed. */
const ALL = { allErrors: true, verbose: true, removeAdditional: false, strict: false } as const

/** Bodies are taken as they are: no coercion, nothing added, nothing dropped; every mistake is told. */
const forBodies = new Ajv({ ...ALL, coerceTypes: false })
/** A query is text: numbers are read from it. */
const forText = new Ajv({ ...ALL, coerceTypes: true })

/** Compiles the schema of one part of a request. */
export const validatorCompiler: FastifySchemaCompiler<object> = ({ schema, httpPart }) =>
  (httpPart === 'body' ? forBodies : forText).compile(schema)
