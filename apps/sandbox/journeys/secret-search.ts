/** A secret by what it is, such as `the API key`. */
export type Secrets = Readonly<Record<string, string>>

/** One find: which secret, and in which form it was written. */
export interface Find {
  readonly secret: string
  readonly form: string
}

/** Each form in which a secret can hide in bytes. */
export const FORMS = {
  plain: (secret) => [secret],
  'last 8': (secret) => [secret.slice(-8)],
  'URL-encoded': (secret) => [encodeURIComponent(secret), hexOf(secret).replace(/../g, '%$&')],
  hex: (secret) => [hexOf(secret)],
  base64: (secret) => [0, 1, 2].map((place) => coreOf(secret, place, 'base64')),
  base64url: (secret) => [0, 1, 2].map((place) => coreOf(secret, place, 'base64url')),
} as const satisfies Record<string, (secret: string) => readonly string[]>

/** Everything of these secrets that stands in the bytes, in whatever form and case. */
export function findSecrets(bytes: Uint8Array, secrets: Secrets): readonly Find[] {
  const text = Buffer.from(bytes).toString('latin1').toLowerCase()
  return Object.entries(secrets).flatMap(([secret, value]) =>
    Object.entries(FORMS)
      .filter(([, textsOf]) => textsOf(value).some((one) => text.includes(latin1(one))))
      .map(([form]) => ({ secret, form })),
  )
}

const hexOf = (text: string) => Buffer.from(text).toString('hex')
const latin1 = (text: string) => Buffer.from(text).toString('latin1').toLowerCase()

/** The characters that are the same whatever stands before and after: found by trying two neighbourhoods. */
function coreOf(secret: string, place: number, encoding: 'base64' | 'base64url'): string {
  const bytes = Buffer.from(secret)
  // Whole groups of three, so that no sign of padding stands at the end.
  const after = 6 - ((place + bytes.length) % 3)
  const inside = (fill: number) =>
    Buffer.concat([Buffer.alloc(place, fill), bytes, Buffer.alloc(after, fill)]).toString(encoding)
  const [zeros, ones] = [inside(0), inside(255)]
  const same = [...zeros].map((char, at) => char === ones[at])
  return zeros.slice(same.indexOf(true), same.lastIndexOf(true) + 1)
}
