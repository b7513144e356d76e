import type { SourceFile } from './house.ts'

/** The one way to delete something at the provider: it re-reads and requires our mark. */
const ONLY_DELETE = 'removeOurs'

const VERBS = '(?:delete|remove|destroy|purge|erase|wipe)(?:[A-Z]\\w*)?'
/** An exported function or constant, and a method of an interface, a class or an object. */
const FORMS = [
  new RegExp(`\\bexport\\s+(?:async\\s+)?(?:function\\*?|const|let)\\s+(${VERBS})\\b`, 'g'),
  new RegExp(`^\\s+(?:readonly\\s+|async\\s+)*(${VERBS})\\??\\s*(?:[(<]|:\\s*(?:async\\s*)?\\()`, 'gm'),
]

/** The order that deletes, as it goes to the provider. */
const SENT = /\bmethod:\s*'DELETE'|\bnew (?:Delete|AbortMultipart)\w+Command\b/
/** The one file whose functions may be given a bare delete, because it asks for our mark before it calls it. */
const GUARD = 'packages/scaleway/src/remove-ours.ts'

/** Every delete that the ports or the provider's adapter offer beside `removeOurs`, one sentence each; none is good. */
export function foreignDeletes(files: readonly SourceFile[]): string[] {
  return files.flatMap(({ path, text }) => {
    if (path === GUARD) return []
    const names = FORMS.flatMap((form) => [...text.matchAll(form)].map((match) => match[1] ?? ''))
    const offered = names
      .filter((name) => !name.startsWith('removeOur'))
      .map((name) => `${path} offers ${name}`)
    const isUnguarded = SENT.test(text) && !text.includes(ONLY_DELETE)
    const found = isUnguarded ? [...offered, `${path} sends a delete`] : offered
    return found.map(
      (each) => `${each}: sources have no delete; go through ${ONLY_DELETE}, which asks for our mark.`,
    )
  })
}
