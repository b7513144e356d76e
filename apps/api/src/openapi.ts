import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import { NoBody, PROBLEMS } from '@snapferry/contracts'
import type { FastifyInstance, FastifySchema } from 'fastify'
import { named } from './named-schemas.ts'
import { VERSION } from './version.ts'

const DESCRIPTION = `Carries disk snapshots from one Scaleway availability zone to another.

**The source is never changed or deleted.** A migration is accepted with 202 and carried by a worker; follow it with GET.
\`succeeded\` means that the copy was looked at and found good. What could not be removed on the way is listed in \`leftovers\`.

Every problem is a document of RFC 9457 with a stable \`code\` and a \`fix\`. The codes:

| code | status | title |
|---|---|---|
${Object.entries(PROBLEMS)
  .map(([code, { status, title }]) => `| \`${code}\` | ${status} | ${title} |`)
  .join('\n')}
`

/** Collects the OpenAPI document from the routes registered after this. */
export async function collectOpenapi(app: FastifyInstance): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Snapferry',
        version: VERSION,
        description: DESCRIPTION,
        license: { name: 'MIT', identifier: 'MIT' },
      },
      servers: [{ url: '/' }],
      tags: [
        { name: 'migrations', description: 'One snapshot to one zone.' },
        { name: 'leftovers', description: 'What no migration accounts for: docs/leftovers.md.' },
        { name: 'limits', description: 'What may be done at a time, and what is held up: docs/limits.md.' },
        { name: 'health', description: 'For those who run it.' },
      ],
      components: {
        securitySchemes: {
          apiKey: {
            type: 'http',
            scheme: 'bearer',
            description: 'An API key. Not asked for in mode sandbox.',
          },
        },
      },
    },
    convertConstToEnum: false,
    transform: ({ schema, url }) => ({ schema: described(schema, url), url }),
    transformObject: (document) =>
      named('openapiObject' in document ? document.openapiObject : document.swaggerObject),
  })
}

/** Routes under /v1 ask for a key. A body that may be missing is left out: the generator would call it required. */
function described(schema: FastifySchema, url: string): FastifySchema {
  const { body, ...rest } = schema
  const needsBody = body !== undefined && body !== NoBody
  return {
    ...rest,
    ...(needsBody ? { body } : {}),
    ...(url.startsWith('/v1/') ? { security: [{ apiKey: [] }] } : {}),
  }
}

/** Serves the document and a page that shows it, to which the root leads; both work without the internet. */
export async function serveDocs(app: FastifyInstance): Promise<void> {
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    uiConfig: { docExpansion: 'list', deepLinking: true, validatorUrl: null },
    theme: { title: 'Snapferry API' },
  })
  app.get('/', { schema: { hide: true } }, (_request, reply) => reply.redirect('/docs'))
  app.get('/openapi.json', { schema: { hide: true } }, () => app.swagger())
}
