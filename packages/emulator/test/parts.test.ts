import { array, assert, asyncProperty, integer, property, string, uint8Array } from 'fast-check'
import { describe, expect, test } from 'vitest'
import { openClock } from '../src/clock.ts'
import { fillSeeded, seededRanges } from '../src/disks/seeded-disk.ts'
import { decodeAwsChunked } from '../src/s3/aws-chunked.ts'
import { policyAllows } from '../src/s3/policy.ts'
import { parseRange } from '../src/s3/range.ts'
import { element, parseXml, textOf } from '../src/s3/xml.ts'

describe('seeded disks', () => {
  test('their ranges ascend, lie inside, do not touch backwards, and hold the bytes asked for', () => {
    const sizes = integer({ min: 4096, max: 1_000_000_000_000 })
    assert(
      property(
        sizes,
        integer({ min: 1, max: 10_000_000 }),
        integer({ min: 1, max: 300 }),
        integer(),
        (sizeBytes, bytes, extents, seed) => {
          let end = 0
          let sum = 0
          for (const range of seededRanges(sizeBytes, { bytes, extents, seed })) {
            expect(range.offset).toBeGreaterThanOrEqual(end)
            end = range.offset + range.length
            sum += range.length
          }
          expect(end).toBeLessThanOrEqual(sizeBytes)
          expect(sum).toBe(Math.min(Math.ceil(bytes / 4096), Math.floor(sizeBytes / 4096)) * 4096)
        },
      ),
    )
  })

  test('the same bytes come however they are cut, and no block is zeros', () => {
    const whole = new Uint8Array(40_960)
    fillSeeded(whole, 8192, 5)
    assert(
      property(integer({ min: 0, max: 40_000 }), integer({ min: 1, max: 9_000 }), (from, length) => {
        const part = new Uint8Array(Math.min(length, whole.length - from))
        fillSeeded(part, 8192 + from, 5)
        expect(part).toEqual(whole.subarray(from, from + part.length))
      }),
    )
    for (let at = 0; at < whole.length; at += 4096)
      expect(whole.subarray(at, at + 4096).some((byte) => byte !== 0)).toBe(true)
  })
})

test('an aws-chunked body decodes to the same bytes wherever the network cuts it', async () => {
  await assert(
    asyncProperty(
      array(uint8Array({ minLength: 1, maxLength: 300 }), { maxLength: 5 }),
      integer({ min: 1, max: 50 }),
      async (chunks, cut) => {
        const framed = chunks.map((chunk) =>
          Buffer.concat([Buffer.from(`${chunk.length.toString(16)}\r\n`), chunk, Buffer.from('\r\n')]),
        )
        const body = Buffer.concat([...framed, Buffer.from('0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n')])
        const pieces = Array.from({ length: Math.ceil(body.length / cut) }, (_, at) =>
          body.subarray(at * cut, (at + 1) * cut),
        )
        const trailers: string[] = []
        const decoded: Uint8Array[] = []
        for await (const chunk of decodeAwsChunked(streamOf(pieces), (name, value) =>
          trailers.push(name, value),
        ))
          decoded.push(chunk)
        expect(Buffer.concat(decoded)).toEqual(Buffer.concat(chunks))
        expect(trailers).toEqual(['x-amz-checksum-crc32', 'AAAAAA=='])
      },
    ),
  )
})

test.each(['5\r\nabc', 'zz\r\n', '', '3\r\nabcd\r\n0\r\n\r\n'])(
  'a broken aws-chunked body %j is refused',
  async (text) => {
    const read = async () => {
      for await (const _ of decodeAwsChunked(streamOf([Buffer.from(text)]), () => {}));
    }
    await expect(read()).rejects.toMatchObject({ code: 'IncompleteBody' })
  },
)

async function* streamOf(pieces: Uint8Array[]) {
  yield* pieces
}

test('any text survives being XML', () => {
  assert(
    property(
      string({ unit: 'binary' }).filter((text) => !/[\uD800-\uDFFF]/.test(text)),
      (text) => {
        expect(textOf(parseXml(`<a>${element('b', text)}</a>`), 'b')).toBe(text)
      },
    ),
  )
})

test.each(['', 'text', '<a>', '</a>', '<a></b>', '<a/><b', '<a>1</a>2<'])('%j is no XML', (text) => {
  expect(() => parseXml(text)).toThrow(/not well-formed/)
})

test.each([
  ['bytes=0-9', 100, { from: 0, to: 9 }],
  ['bytes=90-', 100, { from: 90, to: 99 }],
  ['bytes=90-1000', 100, { from: 90, to: 99 }],
  ['bytes=-10', 100, { from: 90, to: 99 }],
  ['bytes=-1000', 100, { from: 0, to: 99 }],
  ['bytes=9-0', 100, null],
  ['bytes=0-1,3-4', 100, null],
  ['lines=1-2', 100, null],
  [undefined, 100, null],
  ['bytes=100-', 100, 'InvalidRange'],
  ['bytes=-0', 100, 'InvalidRange'],
  ['bytes=0-0', 0, 'InvalidRange'],
  ['bytes=-5', 0, 'InvalidRange'],
])('the range %s of %i bytes is %o', (header, sizeBytes, expected) => {
  const read = () => parseRange(header, sizeBytes)
  if (typeof expected === 'string') expect(read).toThrow(expect.objectContaining({ code: expected }))
  else expect(read()).toEqual(expected)
})

test.each([
  [[], false],
  [[{ Effect: 'Allow', Principal: '*', Action: '*', Resource: '*' }], true],
  [[{ Effect: 'Allow', Principal: { SCW: 'user_id:me' }, Action: ['s3:Get*'], Resource: ['b/in/*'] }], true],
  [
    [{ Effect: 'Allow', Principal: { SCW: ['user_id:you'] }, Action: 's3:GetObject', Resource: 'b/*' }],
    false,
  ],
  [[{ Effect: 'Allow', Principal: '*', Action: 's3:PutObject', Resource: 'b/*' }], false],
  [
    [
      { Effect: 'Allow', Principal: '*', Action: '*', Resource: '*' },
      { Effect: 'Deny', Principal: '*', Action: 's3:GetObject', Resource: 'b/in/*' },
    ],
    false,
  ],
])('whether the policy %j lets me read', (Statement, expected) => {
  const bucket = {
    id: 'b',
    region: 'fr-par',
    projectId: 'p',
    createdMs: 0,
    versioning: null,
    configurations: {},
    madeBy: { by: 'seed' },
  } as const
  const policy = JSON.stringify({ Version: '2023-04-17', Statement })
  expect(policyAllows({ ...bucket, policy }, 'user_id:me', 's3:GetObject', 'in/k')).toBe(expected)
})

describe('a clock moved by hand', () => {
  test('happens what is due, in order of time, each at its own moment, also what becomes due on the way', async () => {
    const clock = openClock({ mode: 'by-hand', startMs: 0 }, null, () => {})
    const seen: [string, number][] = []
    clock.alarm(30, async () => void seen.push(['c', clock.nowMs()]))
    clock.alarm(10, async () => {
      seen.push(['a', clock.nowMs()])
      clock.alarm(20, async () => void seen.push(['b', clock.nowMs()]))
    })
    clock.alarm(31, async () => void seen.push(['late', clock.nowMs()]))
    await clock.moveTo(30)
    expect(seen).toEqual([
      ['a', 10],
      ['b', 20],
      ['c', 30],
    ])
    await expect(clock.moveTo(29)).rejects.toThrow('cannot go back')
  })

  test('goes on where it stood, and a clock by itself too, at the speed it had', () => {
    const kept: number[] = []
    openClock({ mode: 'by-hand', startMs: 5 }, { emulatedMs: 1000, wallMs: 0, speed: 0 }, (anchor) =>
      kept.push(anchor.emulatedMs),
    )
    expect(kept).toEqual([1000])
    const tenSecondsAgo = { emulatedMs: 1_000_000, wallMs: Date.now() - 10_000, speed: 60 }
    const clock = openClock({ mode: 'by-itself', speed: 1 }, tenSecondsAgo, () => {})
    expect(clock.nowMs()).toBeGreaterThanOrEqual(1_600_000)
    clock.stop()
  })

  test.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])('no clock runs at speed %d', (speed) => {
    expect(() => openClock({ mode: 'by-itself', speed }, null, () => {})).toThrow('speed')
  })
})
