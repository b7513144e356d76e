import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import {
  type Access,
  type Credentials,
  credentialSourceOf,
  readAccess,
  watchCredentials,
} from '../src/index.ts'

const folder = mkdtempSync(join(tmpdir(), 'snapferry-key-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const PROJECT = '6e1f0b52-93a4-4f0c-8a2b-5d7c9e3f4a02'
const keyOf = (n: number): Credentials => ({
  accessKey: `SCW${String(n).padStart(17, '0')}`,
  secretKey: `${String(n).padStart(8, '0')}-1234-4234-8234-123456789abc`,
})

/** Files in memory: a stamp is a counter, as an inode is. */
function world(env: Record<string, string>, files: Record<string, string>) {
  const stamps: Record<string, number> = {}
  const write = (path: string, text: string | null): void => {
    if (text === null) delete files[path]
    else files[path] = text
    stamps[path] = (stamps[path] ?? 0) + 1
  }
  /** What somebody does between the reading of two files. */
  let onRead = (_path: string): void => {}
  const textOf = (path: string): string => {
    const text = files[path]
    if (text === undefined) throw new Error('ENOENT')
    return text
  }
  const access = readAccess(env, textOf)
  if (!access.ok) throw new Error(access.failure.join('\n'))
  const used: Credentials[] = []
  const told: string[] = []
  let ring = (): void => {}
  const watch = watchCredentials({
    source: credentialSourceOf(env),
    access: access.value,
    use: (key) => used.push(key),
    onChange: (tail) => told.push(`changed ${tail}`),
    onKept: (mistakes) => told.push(...mistakes),
    timer: (_, then) => {
      ring = then
      return () => {
        ring = () => {}
      }
    },
    files: {
      stamp: async (path) => String(stamps[path] ?? 0),
      text: async (path) => {
        const text = textOf(path)
        onRead(path)
        return text
      },
    },
  })
  return {
    ...{ watch, used, told, write },
    whenRead: (then: (path: string) => void) => {
      onRead = then
    },
    /** Rings for looks, each to its end. */
    look: async (times = 1) => {
      for (let n = 0; n < times; n++) {
        ring()
        for (let turn = 0; turn < 20; turn++) await Promise.resolve()
        await new Promise(setImmediate)
      }
    },
  }
}

const BOTH = {
  SNAPFERRY_MODE: 'armed',
  SCW_ACCESS_KEY_FILE: '/a',
  SCW_SECRET_KEY_FILE: '/s',
  SCW_DEFAULT_PROJECT_ID: PROJECT,
}
const filesOf = ({ accessKey, secretKey }: Credentials) => ({
  '/a': `${accessKey}\n`,
  '/s': `${secretKey}\n`,
})
const config = ({ accessKey, secretKey }: Credentials, project = PROJECT) =>
  `access_key: ${accessKey}\nsecret_key: ${secretKey}\ndefault_project_id: ${project}\n`

describe('a key in files', () => {
  test('stays while nothing changes, and is told of by nobody', async () => {
    const { look, used, told } = world(BOTH, filesOf(keyOf(1)))
    await look(6)
    expect({ used, told }).toEqual({ used: [], told: [] })
  })

  test('is taken once both halves have come to rest', async () => {
    const { look, write, used, told } = world(BOTH, filesOf(keyOf(1)))
    await look(3)
    write('/a', keyOf(2).accessKey)
    await look()
    write('/s', keyOf(2).secretKey)
    await look()
    expect(used, 'half of a key is none').toEqual([])
    await look(4)
    expect(used).toEqual([keyOf(2)])
    expect(told).toEqual(['changed …0002'])
  })

  test('is found when it was replaced between the start and the first look', async () => {
    const { look, write, used } = world(BOTH, filesOf(keyOf(1)))
    write('/a', keyOf(3).accessKey)
    write('/s', keyOf(3).secretKey)
    await look(3)
    expect(used).toEqual([keyOf(3)])
  })

  test.each([
    ['half-written', '0000000', 'SCW_SECRET_KEY is not a UUID'],
    ['empty', '\n', 'SCW_SECRET_KEY_FILE: the file it names is empty'],
    ['gone', null, 'SCW_SECRET_KEY_FILE: the file it names cannot be read'],
  ])(
    'a %s file keeps the old one, is told once without its text, and is tried again',
    async (_, text, words) => {
      const { look, write, used, told } = world(BOTH, filesOf(keyOf(1)))
      write('/s', text)
      await look(5)
      expect(used).toEqual([])
      expect(told).toEqual([expect.stringContaining(words)])
      write('/s', keyOf(4).secretKey)
      await look(3)
      expect(used).toEqual([{ accessKey: keyOf(1).accessKey, secretKey: keyOf(4).secretKey }])
      expect(told.at(-1)).toBe('changed …0001')
    },
  )

  test('is read at once when asked for, changed or not', async () => {
    const { watch, write, used, told } = world(BOTH, filesOf(keyOf(1)))
    await watch.reread()
    expect({ used, told }).toEqual({ used: [], told: [] })
    write('/a', keyOf(5).accessKey)
    write('/s', keyOf(5).secretKey)
    await watch.reread()
    expect(used).toEqual([keyOf(5)])
  })

  test.each(['/a', '/s'] as const)(
    'of which only %s was written when it is asked for is no key yet',
    async (path) => {
      const { watch, look, write, used } = world(BOTH, filesOf(keyOf(1)))
      write(path, filesOf(keyOf(2))[path])
      await watch.reread()
      expect(used).toEqual([])
      const other = path === '/a' ? '/s' : '/a'
      write(other, filesOf(keyOf(2))[other])
      await watch.reread()
      expect(used).toEqual([keyOf(2)])
      write('/s', keyOf(3).secretKey)
      await watch.reread()
      await look(4)
      expect(used.at(-1), 'a half that stays alone is taken at a look').toEqual({
        ...keyOf(2),
        secretKey: keyOf(3).secretKey,
      })
    },
  )

  test.each(['asked for', 'looked at'])(
    'that is written while it is read is not taken, when it is %s',
    async (how) => {
      const { watch, look, write, used, told, whenRead } = world(BOTH, filesOf(keyOf(1)))
      write('/a', keyOf(2).accessKey)
      write('/s', keyOf(2).secretKey)
      let isWritten = false
      whenRead((path) => {
        if (path !== '/a' || isWritten) return
        isWritten = true
        write('/a', keyOf(3).accessKey)
        write('/s', keyOf(3).secretKey)
      })
      if (how === 'asked for') await watch.reread()
      else await look(2)
      expect({ isWritten, used, told }).toEqual({ isWritten: true, used: [], told: [] })
      await look(3)
      expect(used).toEqual([keyOf(3)])
    },
  )

  test('is not read any more once it is stopped', async () => {
    const { watch, write, used, look } = world(BOTH, filesOf(keyOf(1)))
    await watch.stop()
    write('/a', keyOf(6).accessKey)
    await look(5)
    await watch.reread()
    expect(used).toEqual([])
  })

  test('whatever is written in whatever order, only whole keys are used, and the last one in the end', async () => {
    const half = fc.record({
      n: fc.integer({ min: 1, max: 9 }),
      cut: fc.boolean(),
      looks: fc.nat({ max: 3 }),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(half, { maxLength: 8 }), async (writes) => {
        const { look, write, used } = world(
          { ...BOTH, SCW_ACCESS_KEY_FILE: '/c', SCW_SECRET_KEY_FILE: '/s' },
          {
            '/c': keyOf(1).accessKey,
            '/s': keyOf(1).secretKey,
          },
        )
        for (const { n, cut, looks } of writes) {
          const { accessKey, secretKey } = keyOf(n)
          write('/c', cut ? accessKey.slice(0, 9) : accessKey)
          write('/s', cut ? secretKey.slice(0, 9) : secretKey)
          await look(looks)
        }
        write('/c', keyOf(7).accessKey)
        write('/s', keyOf(7).secretKey)
        await look(3)
        for (const key of used) expect(keyOf(Number(key.accessKey.slice(3)))).toEqual(key)
        expect((used.at(-1) ?? keyOf(1)).accessKey).toBe(keyOf(7).accessKey)
      }),
      { numRuns: 50 },
    )
  })
})

describe('a key in the config file', () => {
  const env = { SNAPFERRY_MODE: 'observe', SCW_CONFIG_PATH: '/config' }

  test('is exchanged like any other', async () => {
    const { look, write, used, told } = world(env, { '/config': config(keyOf(1)) })
    write('/config', config(keyOf(2)).slice(0, 60))
    await look(3)
    expect(used).toEqual([])
    expect(told.join()).toMatch(/line 2, column \d+: secret_key is not a UUID/)
    expect(told.join()).not.toContain('00000002')
    write('/config', config(keyOf(2)))
    await look(3)
    expect(used).toEqual([keyOf(2)])
  })

  test('of another project is not taken: what is carried now belongs to this one', async () => {
    const other = '7f2a1c63-a4b5-4a1d-9b3c-6e8daf4a5b03'
    const { look, write, used, told } = world(env, { '/config': config(keyOf(1)) })
    write('/config', config(keyOf(2), other))
    await look(3)
    expect(used).toEqual([])
    expect(told).toEqual([expect.stringContaining('the project changed with the key: start again')])
  })
})

test('a key that stands in the environment has nothing to be read again', async () => {
  const { accessKey, secretKey } = keyOf(1)
  const env = { ...BOTH, SCW_ACCESS_KEY_FILE: '', SCW_SECRET_KEY_FILE: '' }
  const { watch, used, told } = world({ ...env, SCW_ACCESS_KEY: accessKey, SCW_SECRET_KEY: secretKey }, {})
  await watch.reread()
  await watch.stop()
  expect({ used, told }).toEqual({ used: [], told: [] })
})

test('files of the system are watched by what they are, also when another is put in their place', async () => {
  const path = join(folder, 'secret')
  writeFileSync(path, keyOf(1).secretKey)
  const env = {
    ...BOTH,
    SCW_ACCESS_KEY_FILE: '',
    SCW_ACCESS_KEY: keyOf(1).accessKey,
    SCW_SECRET_KEY_FILE: path,
  }
  const access: Access = { ...keyOf(1), mode: 'armed', apiUrl: 'https://api.scaleway.com' } as Access
  const { promise, resolve } = Promise.withResolvers<Credentials>()
  const watch = watchCredentials({
    source: credentialSourceOf(env),
    access: { ...access, projectId: PROJECT },
    use: resolve,
    onChange: () => {},
    onKept: () => {},
    everyMs: 2,
  })
  // The same length and, on coarse clocks, the same time: it is the other inode that tells.
  writeFileSync(`${path}.new`, keyOf(2).secretKey)
  renameSync(`${path}.new`, path)
  expect((await promise).secretKey).toBe(keyOf(2).secretKey)
  await watch.stop()
})
