/** What stands in a log line instead of a secret. */
export const SCRUBBED = '[scrubbed]'

/** Nothing is looked at below this depth: what lies deeper is left out, so no secret hides there. */
const DEPTH_MAX = 6
const SECRET_NAME =
  /^(proxy-)?authorization$|^x-auth-token$|^(set-)?cookie$|secret|passw(or)?d|^api[-_]?key$|^access[-_]?token$|^bearer$/i
const SECRET_WORDS: readonly (readonly [RegExp, string])[] = [
  [/\bBearer\s+[^\s"',]+/gi, `Bearer ${SCRUBBED}`],
  [/\/\/([^/\s:@]*):[^/\s@]+@/g, `//$1:${SCRUBBED}@`],
  [/\b(x-auth-token|authorization)(["']?\s*[:=]\s*["']?)(?!Bearer )[^\s"',]+/gi, `$1$2${SCRUBBED}`],
  [/\b(X-Amz-(?:Signature|Credential|Security-Token)=)[^&\s]+/gi, `$1${SCRUBBED}`],
]

/** A text without bearer tokens, passwords in URLs and signatures. */
export function scrubText(text: string): string {
  return SECRET_WORDS.reduce((rest, [pattern, instead]) => rest.replace(pattern, instead), text)
}

/** A value as it may be logged: secrets are replaced by name and by form, at any depth. Errors go their own way. */
export function scrub(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return scrubText(value)
  if (typeof value !== 'object' || value === null || value instanceof Error) return value
  if (value instanceof Date) return value
  if (depth >= DEPTH_MAX) return '[deeper]'
  if (Array.isArray(value)) return value.map((item) => scrub(item, depth + 1))
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      name,
      SECRET_NAME.test(name) && inner !== null && inner !== undefined ? SCRUBBED : scrub(inner, depth + 1),
    ]),
  )
}
