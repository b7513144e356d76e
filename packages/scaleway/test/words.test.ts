import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { openScrub } from '../src/words.ts'

const SECRET = '5a4d0b0c-5a4d-4b0c-8a4d-0b0c5a4d0b0c'
const ACCESS = 'SCWSANDBOX0000000000'
const scrub = openScrub([SECRET, ACCESS])

describe('the words of the provider that we keep', () => {
  test.each([
    [`token ${SECRET.toUpperCase()} is bad`, 'token [removed] is bad'],
    [`key ${ACCESS}`, 'key [removed]'],
    ['Authorization: AWS4-HMAC-SHA256 Credential=SCWX/2026, Signature=abc', '[removed]'],
    ['{"x-auth-token": "other-secret"} refused', '{"[removed]"} refused'],
    ['bearer abc.def and more', '[removed] and more'],
    ['a\u0000b\u001b[31mred\r\nnext\u202e', 'a b [31mred next'],
  ])('%j is kept as %j', (said, kept) => {
    expect(scrub(said)).toBe(kept)
  })

  test('hold no secret, no control character and at most 500 characters, whatever was said', () => {
    const noise = fc.array(
      fc.oneof(
        fc.string({ unit: 'binary' }),
        fc.constant(SECRET),
        fc.constant(ACCESS),
        fc.constant('x'.repeat(499)),
      ),
    )
    fc.assert(
      fc.property(noise, (parts) => {
        const kept = scrub(parts.join(''))
        expect(kept.length).toBeLessThanOrEqual(500)
        expect(kept.toLowerCase()).not.toContain(SECRET)
        expect(kept).not.toContain(ACCESS)
        expect(kept).not.toMatch(/\p{Cc}/u)
        expect(kept.isWellFormed() || !parts.join('').isWellFormed()).toBe(true)
      }),
    )
  })
})
