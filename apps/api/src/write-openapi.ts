import { writeFileSync } from 'node:fs'
import { limitsPage } from './limits-page.ts'
import { openapiDocument } from './openapi-document.ts'
import { problemsPage } from './problems-page.ts'

/** Writes docs/openapi.json, docs/problems.md and docs/limits.md anew: `pnpm --filter @snapferry/api run openapi`. */
const docs = new URL('../../../docs/', import.meta.url)
writeFileSync(new URL('openapi.json', docs), `${JSON.stringify(await openapiDocument(), null, 2)}\n`)
writeFileSync(new URL('problems.md', docs), problemsPage())
writeFileSync(new URL('limits.md', docs), limitsPage())
