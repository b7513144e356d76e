import { PROBLEMS, problemType } from '@snapferry/contracts'

/** docs/problems.md: one line for each problem code. */
export function problemsPage(): string {
  const rows = Object.entries(PROBLEMS).map(
    ([code, { status, title, fix, retryable }]) =>
      `| \`${code}\` | ${status} | ${title} | ${fix} | ${retryable ? 'yes' : 'no'} |`,
  )
  return `# Problems

Every answer of the API that is no success is a problem document (RFC 9457, \`application/problem+json\`). Decide by its
\`code\`; \`title\` is always the same for a code, \`detail\` tells the case at hand, \`fix\` the first thing to do. \`type\` is
\`${problemType('not_found')}\` and so on: an identity, not an address. Several findings about one body come at once in
\`errors\`, each with a \`pointer\` into the body (or the name of the header), or with the \`parameter\` of the query; the problem
itself then has the code of the first.

A migration that fails is no problem but an answer: its \`failure.kind\` is described in \`failures.md\`. A finding has one
name in two spellings: \`bucket_missing\` in a problem, \`bucket-missing\` in a migration whose first tick found it.

| code | status | title | fix | may the same request succeed later? |
|---|---|---|---|---|
${rows.join('\n')}
`
}
