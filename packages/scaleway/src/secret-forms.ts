/**
 * The texts by which a secret gives itself away: itself, percent-encoded, in hex, in base64 and base64url at each of the
 * three places where it may begin in a longer text, and its last 8 characters, as providers print them after asterisks.
 * Longest first, so that what is masked by one of them leaves no rest of another.
 */
export function secretForms(secret: string): readonly string[] {
  const bytes = Buffer.from(secret)
  const hex = bytes.toString('hex')
  const base64 = [0, 1, 2].map((place) => base64At(bytes, place))
  const forms = [
    secret,
    encodeURIComponent(secret),
    hex.replace(/../g, '%$&'),
    hex,
    ...base64,
    ...base64.map((text) => text.replaceAll('+', '-').replaceAll('/', '_')),
    secret.slice(-TAIL_LENGTH),
  ]
  return [...new Set(forms)].toSorted((a, b) => b.length - a.length)
}

const TAIL_LENGTH = 8

/** The characters that depend on the secret alone when so many other bytes (0 to 2) stand before it. */
function base64At(bytes: Buffer, place: number): string {
  const text = Buffer.concat([Buffer.alloc(place), bytes])
    .toString('base64')
    .replaceAll('=', '')
  // A character has 6 bits: those shared with what stands before or after are not ours.
  const first = Math.ceil((place * 8) / 6)
  const last = Math.floor(((place + bytes.length) * 8) / 6)
  return text.slice(first, last)
}
