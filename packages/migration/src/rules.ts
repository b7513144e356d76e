import { exporting } from './phases/export.ts'
import { importing } from './phases/import.ts'
import { inspect } from './phases/inspect.ts'
import type { Rules } from './phases/rules.ts'
import { snapshot } from './phases/snapshot.ts'
import { tidy } from './phases/tidy.ts'
import { verify } from './phases/verify.ts'
import type { Phase } from './route.ts'

/** The rules of each phase of the route. */
export const RULES: { readonly [Name in Phase]: Rules } = {
  snapshot,
  export: exporting,
  inspect,
  import: importing,
  verify,
  tidy,
}
