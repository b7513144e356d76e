import type { CreateMigration } from '@snapferry/contracts'
import type { AskedBody } from '@snapferry/migration'

/** The body as the core asks for it. The form is checked: a field is there or it is not, never undefined. */
export function askedBodyOf(body: CreateMigration): AskedBody {
  return body as AskedBody
}
