import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { errorLine } from '../src/error-line.ts'
import { scrub, scrubText } from '../src/scrub.ts'
import { listening } from './story.ts'

describe('a log line', () => {
  test('is one JSON object with time, level and service', () => {
    const { telemetry, parsed } = listening()
    telemetry.log.info({ migrationId: 'mig_x' }, 'phase completed')
    expect(parsed()).toEqual([
      {
        level: 'info',
        time: expect.stringMatching(/^\d{4}-.*Z$/),
        service: 'worker',
        migrationId: 'mig_x',
        msg: 'phase completed',
      },
    ])
  })

  test.each([
    ['authorization', 'Bearer hunter2'],
    ['Authorization', 'hunter2'],
    ['x-auth-token', 'hunter2'],
    ['X-Auth-Token', 'hunter2'],
    ['cookie', 'hunter2'],
    ['secretKey', 'hunter2'],
    ['SCW_SECRET_KEY', 'hunter2'],
    ['apiKey', 'hunter2'],
    ['password', 'hunter2'],
  ])('never has the value of %s, at any depth', (name, value) => {
    const { telemetry, lines } = listening()
    telemetry.log.info({ [name]: value, request: { headers: [{ [name]: value }] } }, 'x')
    expect(lines.join('')).not.toContain('hunter2')
    expect(lines.join('')).toContain('[scrubbed]')
  })

  test.each([
    ['Authorization: Bearer hunter2 rest'],
    ['got {"authorization":"Bearer hunter2"}'],
    ['X-Auth-Token: hunter2'],
    ['redis://user:hunter2@127.0.0.1:6379'],
    ['rediss://:hunter2@redis.example'],
    ['http://s3/x?X-Amz-Signature=hunter2&a=b'],
  ])('never has a secret inside a text: %s', (text) => {
    const { telemetry, lines } = listening()
    telemetry.log.error({ err: new Error(text, { cause: new Error(text) }), words: text }, 'x')
    expect(lines.join('')).not.toContain('hunter2')
  })

  test('keeps what is no secret as it is', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom('a', 'bytes', 'nextPageToken', 'key'), fc.integer())),
        (pairs) => {
          const line = Object.fromEntries(pairs)
          expect(scrub(line)).toEqual(line)
        },
      ),
    )
    for (const text of ['plain', 'http://127.0.0.1:80/x@y', 'a:b@c', '']) expect(scrubText(text)).toBe(text)
  })

  test('ends for a thing that holds itself', () => {
    const loop: Record<string, unknown> = {}
    loop['loop'] = loop
    const { telemetry, lines } = listening()
    telemetry.log.info({ loop }, 'x')
    expect(lines).toHaveLength(1)
  })
})

describe('an error in a line', () => {
  test('tells each cause once, in order', () => {
    const root = Object.assign(new Error('connection reset'), { code: 'ECONNRESET' })
    const error = new Error('reading image header', {
      cause: new TypeError('reading 104 bytes', { cause: root }),
    })
    const line = errorLine(error)
    expect(line.causes).toEqual([
      { type: 'TypeError', message: 'reading 104 bytes' },
      { type: 'Error', message: 'connection reset', code: 'ECONNRESET' },
    ])
    const text = JSON.stringify(line)
    for (const message of ['reading image header', 'reading 104 bytes', 'connection reset'])
      expect(text.split(message)).toHaveLength(2)
  })

  test('survives causes that go in a circle, and things thrown that are no errors', () => {
    const a = new Error('a')
    a.cause = new Error('b', { cause: a })
    expect(errorLine(a).causes).toHaveLength(1)
    expect(errorLine('text')).toEqual({ type: 'string', message: 'text' })
    expect(errorLine(undefined).message).toBe('undefined')
  })
})
