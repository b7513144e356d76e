import { WORDS_LENGTH_MAX } from '@snapferry/migration'
import { secretForms } from './secret-forms.ts'

/** Makes a text of the provider fit to be kept: no secrets, no control characters, at most 500 characters. */
export type Scrub = (text: string) => string

/** What looks like a credential whatever its value: signatures, bearer tokens, token headers. */
const CREDENTIAL_SHAPES = [
  /AWS4-HMAC-SHA256[^<\n]*/gi,
  /\b(?:proxy-)?authorization\b["']?\s*[:=][^<\n]*/gi,
  /\bx-(?:auth|session|amz-security)-token\b["']?\s*[:=]\s*["']?[^\s"'<,;]+/gi,
  /\bbearer\s+[^\s"'<,;]+/gi,
  /\bX-Amz-(?:Signature|Credential)=[^\s&"'<]+/gi,
]
const MASK = '[removed]'

/** A scrubber that knows these secrets in every form (each at least 8 characters; shorter ones would maim ordinary words). */
export function openScrub(secrets: readonly string[]): Scrub {
  const known = secrets
    .filter((secret) => secret.length >= 8)
    .flatMap(secretForms)
    .toSorted((a, b) => b.length - a.length)
    .map((form) => new RegExp(RegExp.escape(form), 'gi'))
  return (text) => {
    // Control characters go first: one in the middle of a secret would hide it from the patterns.
    const plain = text.slice(0, TEXT_LENGTH_MAX).replace(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' ')
    const masked = [...known, ...CREDENTIAL_SHAPES].reduce((rest, shape) => rest.replace(shape, MASK), plain)
    return cut(masked.replace(/\s+/g, ' ').trim())
  }
}

/** Only so much of a text is looked at: the rest would be cut away anyhow. */
const TEXT_LENGTH_MAX = 20_000

/** Cut by UTF-16 units, never in the middle of a character. */
function cut(text: string): string {
  return text
    .slice(0, WORDS_LENGTH_MAX)
    .replace(/[\uD800-\uDBFF]$/, '')
    .trimEnd()
}
