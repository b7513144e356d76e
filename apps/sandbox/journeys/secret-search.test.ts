import fc from 'fast-check'
import { expect, test } from 'vitest'
import { FORMS, findSecrets } from './secret-search.ts'

/** Letters that no noise below has, so that chance never writes a secret. */
const secrets = fc.string({
  unit: fc.constantFrom(...'GHJKLMNPQRSTUVWXYZ/+ é:@'),
  minLength: 16,
  maxLength: 60,
})
const noise = fc.uint8Array({ maxLength: 40 })

const WRITTEN: Record<keyof typeof FORMS, (bytes: Buffer, secret: string) => string> = {
  plain: (bytes) => bytes.toString(),
  'last 8': (_, secret) => `ends in ${secret.slice(-8)}!`,
  'URL-encoded': (_, secret) => `?key=${encodeURIComponent(secret)}&x=1`,
  hex: (bytes) => bytes.toString('hex').toUpperCase(),
  base64: (bytes) => bytes.toString('base64'),
  base64url: (bytes) => bytes.toString('base64url'),
}

test.each(Object.keys(FORMS) as (keyof typeof FORMS)[])(
  'a secret is found as %s, whatever stands around it',
  (form) => {
    fc.assert(
      fc.property(noise, secrets, noise, (before, secret, after) => {
        const whole = Buffer.concat([before, Buffer.from(secret), after])
        const found = findSecrets(Buffer.from(WRITTEN[form](whole, secret)), { it: secret })
        expect(found).toContainEqual({ secret: 'it', form })
      }),
    )
  },
)

test('every byte percent-encoded is found too', () => {
  expect(findSecrets(Buffer.from('%6B%65%79%2D%6F%66%2D%6D%69%6E%65'), { it: 'key-of-mine' })).toContainEqual(
    {
      secret: 'it',
      form: 'URL-encoded',
    },
  )
})

test('what is not there is not found', () => {
  fc.assert(
    fc.property(secrets, noise, (secret, bytes) => {
      const text = Buffer.from(bytes).toString('hex')
      expect(findSecrets(Buffer.from(text), { it: secret })).toEqual([])
    }),
  )
})
