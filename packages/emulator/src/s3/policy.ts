import type { Bucket } from '../bucket.ts'

interface Statement {
  Effect?: unknown
  Principal?: unknown
  Action?: unknown
  Resource?: unknown
}

/**
 * Whether the bucket's policy lets `policyName` do `action` (such as `s3:GetObject`) on `key`. No policy: yes.
 * As soon as there is one, everyone not explicitly allowed is denied, and a denial wins.
 */
export function policyAllows(
  bucket: Bucket,
  policyName: string,
  action: string,
  key: string | null,
): boolean {
  if (bucket.policy === null) return true
  const resource = key === null ? bucket.id : `${bucket.id}/${key}`
  const statements = statementsOf(bucket.policy).filter((statement) => {
    return (
      namesOf(principalNames(statement.Principal)).some((name) => name === '*' || name === policyName) &&
      namesOf(statement.Action).some((pattern) => matchesPattern(pattern, action)) &&
      namesOf(statement.Resource).some((pattern) => matchesPattern(pattern, resource))
    )
  })
  return (
    statements.some((statement) => statement.Effect === 'Allow') &&
    !statements.some((statement) => statement.Effect === 'Deny')
  )
}

/** Whether the text is a policy at all; anything else is MalformedPolicy. */
export function isPolicy(text: string): boolean {
  try {
    const parsed: unknown = JSON.parse(text)
    return (
      typeof parsed === 'object' &&
      parsed !== null &&
      'Statement' in parsed &&
      Array.isArray(parsed.Statement)
    )
  } catch {
    return false
  }
}

function statementsOf(policy: string): Statement[] {
  const parsed: { Statement: Statement[] } = JSON.parse(policy)
  return parsed.Statement
}

function principalNames(principal: unknown): unknown {
  return typeof principal === 'object' && principal !== null && 'SCW' in principal ? principal.SCW : principal
}

function namesOf(value: unknown): string[] {
  return (Array.isArray(value) ? value : [value]).filter((name) => typeof name === 'string')
}

function matchesPattern(pattern: string, text: string): boolean {
  const source = pattern.split('*').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  return new RegExp(`^${source.join('.*')}$`).test(text)
}
