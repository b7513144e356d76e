import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { secretForms } from '../src/secret-forms.ts'
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
    ['the key ending in 5a4d0b0c', 'the key ending in [removed]'],
    [`Basic ${Buffer.from(`user:${SECRET}`).toString('base64')} is bad`, 'Basic dXNlcjo[removed]M= is bad'],
    [`hex ${Buffer.from(SECRET).toString('hex').toUpperCase()}`, 'hex [removed]'],
    ['bearer abc.def and more', '[removed] and more'],
    ['a\u0000b\u001b[31mred\r\nnext\u202e', 'a b [31mred next'],
  ])('%j is kept as %j', (said, kept) => {
    expect(scrub(said)).toBe(kept)
  })

  test('hold a secret in no form in which it may stand in a longer text', () => {
    const key = fc.string({ unit: fc.constantFrom(...'abcXYZ019+/=-_ %~é'), minLength: 8, maxLength: 60 })
    fc.assert(
      fc.property(key, fc.string(), fc.string(), (secret, before, after) => {
        fc.pre(secret.trim() === secret && !/\s\s/.test(secret))
        const whole = Buffer.from(`${before}${secret}${after}`)
        const kept = openScrub([secret])
        const said = [whole.toString('base64'), whole.toString('base64url'), whole.toString('hex')]
        for (const text of said) {
          const seen = kept(text)
          const core = secretForms(secret).filter((form) => text.includes(form))
          expect(core.length, 'the form is known').toBeGreaterThan(0)
          for (const form of core) expect(seen).not.toContain(form)
        }
      }),
    )
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
