import type { Copy } from '@snapferry/migration'
import type { Redis } from 'ioredis'
import { type AuditFact, openAudit } from './audit.ts'
import { type Copies, openCopies } from './copies.ts'
import { keyOf } from './keys.ts'

/** The catalogue as operators change it: each change and its line in the audit are one transaction. */
export interface Catalogue {
  get: Copies['get']
  /** Adds an entry unless there is one of that id; whether it did. */
  adopt(copy: Copy, fact: AuditFact): Promise<boolean>
}

/** Opens it on a connection that the caller closes. */
export function openCatalogue(redis: Redis, o: { readonly sandbox: boolean }): Catalogue {
  const audit = openAudit(redis, o)
  return {
    get: openCopies(redis).get,
    adopt: async (copy, fact) => {
      const [added] = await audit.together(fact, (transaction) => {
        transaction.hsetnx(keyOf.copies, copy.id, JSON.stringify(copy))
      })
      return added === 1
    },
  }
}
