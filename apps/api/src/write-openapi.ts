import { writeFileSync } from 'node:fs'
import { openapiDocument } from './openapi-document.ts'
import { problemsPage } from './problems-page.ts'

/** Writes docs/openapi.json and docs/problems.md anew: `pnpm --filter @snapferry/api run openapi`. */
const docs = new URL('../../../docs/', import.meta.url)
writeFileSync(new URL('openapi.json', docs), `${JSON.stringify(await openapiDocument(), null, 2)}\n`)
writeFileSync(new URL('problems.md', docs), problemsPage())
