import { describe, expect, test } from 'vitest'
import { readAccess } from '../src/read-access.ts'
import { SCALEWAY_ENV } from '../src/scaleway-env.ts'

const SECRET = '12345678-1234-4234-8234-123456789abc'
const ARMED = {
  SNAPFERRY_MODE: 'armed',
  SCW_ACCESS_KEY: 'SCW0123456789ABCDEFG',
  SCW_SECRET_KEY: SECRET,
  SCW_DEFAULT_PROJECT_ID: '6e1f0b52-93a4-4f0c-8a2b-5d7c9e3f4a02',
}
const SANDBOX = {
  SNAPFERRY_MODE: 'sandbox',
  SNAPFERRY_EMULATOR_URL: 'http://127.0.0.1:8080',
  SNAPFERRY_EMULATOR_S3: 'fr-par=http://127.0.0.1:9000, nl-ams=http://[::1]:9001',
}
const noFile = (path: string): string => {
  throw new Error(`ENOENT ${path}`)
}
type Env = Readonly<Record<string, string | undefined>>
const read = (env: Env, readFile = noFile) => readAccess(env, readFile)
const mistakes = (env: Env, readFile = noFile): readonly string[] => {
  const access = read(env, readFile)
  return access.ok ? [] : access.failure
}
const opened = (env: Env, readFile = noFile) => {
  const access = read(env, readFile)
  if (!access.ok) throw new Error(access.failure.join('\n'))
  return access.value
}

describe('the mode', () => {
  test.each([undefined, '', 'Observe', 'ARMED', 'production'])(
    '%j is no mode, and there is no default',
    (mode) => {
      expect(mistakes({ ...ARMED, ...SANDBOX, SNAPFERRY_MODE: mode })).toEqual([
        expect.stringContaining('set SNAPFERRY_MODE to sandbox, observe or armed'),
      ])
    },
  )
})

test('mode observe is where armed is, by the same names', () => {
  const { s3Url: _, ...armed } = opened(ARMED)
  expect(opened({ ...ARMED, SNAPFERRY_MODE: 'observe' })).toMatchObject({ ...armed, mode: 'observe' })
})

describe('mode armed', () => {
  test('goes to the provider by default', () => {
    const access = opened(ARMED)
    expect(access).toMatchObject({
      mode: 'armed',
      apiUrl: 'https://api.scaleway.com',
      accessKey: 'SCW0123456789ABCDEFG',
      secretKey: SECRET,
      organizationId: null,
      s3Regions: null,
    })
    expect(access.s3Url('nl-ams')).toBe('https://s3.nl-ams.scw.cloud')
  })

  test('takes endpoints from the environment, with or without {region}', () => {
    const own = {
      ...ARMED,
      SCW_API_URL: 'https://gw.example/scw',
      SCW_S3_ENDPOINT: 'https://{region}.s3.example/{region}',
    }
    expect(opened(own).apiUrl).toBe('https://gw.example/scw')
    expect(opened(own).s3Url('fr-par')).toBe('https://fr-par.s3.example/fr-par')
    expect(opened({ ...ARMED, SCW_S3_ENDPOINT: 'https://s3.example' }).s3Url('fr-par')).toBe(
      'https://s3.example',
    )
  })

  test.each(['evil.example/', 'fr-par.evil', '', 'FR-PAR'])(
    'lets no text like %j into a host name',
    (region) => {
      expect(() => opened(ARMED).s3Url(region)).toThrow(RangeError)
    },
  )

  test('reads secrets from files, without the line end', () => {
    const files: Record<string, string> = {
      '/run/key': 'SCW0123456789ABCDEFG\n',
      '/run/secret': `${SECRET}\r\n`,
    }
    const env = {
      ...ARMED,
      SCW_ACCESS_KEY: undefined,
      SCW_SECRET_KEY: '',
      SCW_ACCESS_KEY_FILE: '/run/key',
      SCW_SECRET_KEY_FILE: '/run/secret',
    }
    expect(opened(env, (path) => files[path] ?? noFile(path))).toMatchObject({
      accessKey: ARMED.SCW_ACCESS_KEY,
      secretKey: SECRET,
    })
  })

  test.each<[string, Env, string]>([
    ['no access key', { SCW_ACCESS_KEY: undefined }, 'SCW_ACCESS_KEY is not set'],
    ['no secret', { SCW_SECRET_KEY: ' ' }, 'SCW_SECRET_KEY is not set'],
    ['no project', { SCW_DEFAULT_PROJECT_ID: undefined }, 'SCW_DEFAULT_PROJECT_ID is not set'],
    ['a short access key', { SCW_ACCESS_KEY: 'SCW123' }, 'SCW_ACCESS_KEY is not'],
    ['a secret that is no UUID', { SCW_SECRET_KEY: 'hunter2hunter2' }, 'SCW_SECRET_KEY is not a UUID'],
    [
      'an organisation that is no UUID',
      { SCW_DEFAULT_ORGANIZATION_ID: 'acme' },
      'SCW_DEFAULT_ORGANIZATION_ID is not',
    ],
    [
      'a secret twice',
      { SCW_SECRET_KEY_FILE: '/run/secret' },
      'SCW_SECRET_KEY and SCW_SECRET_KEY_FILE are both set',
    ],
    ['a file that is not there', { SCW_SECRET_KEY: undefined, SCW_SECRET_KEY_FILE: '/x' }, 'cannot be read'],
    ['an URL that is none', { SCW_API_URL: 'api.scaleway.com' }, 'SCW_API_URL is no URL'],
    ['an URL of another kind', { SCW_API_URL: 'ftp://x' }, 'must begin with https://'],
    [
      'a slash at the end',
      { SCW_API_URL: 'https://api.scaleway.com/' },
      'SCW_API_URL must not end with a slash',
    ],
    ['plain http to another machine', { SCW_API_URL: 'http://api.scaleway.com' }, 'a secret travels there'],
    [
      'plain http for objects',
      { SCW_S3_ENDPOINT: 'http://s3.{region}.scw.cloud' },
      'SCW_S3_ENDPOINT must begin with',
    ],
    ['a line that nobody checks', { SCW_INSECURE: 'true' }, 'certificates are always checked'],
    ['a user in the URL', { SCW_S3_ENDPOINT: 'https://a:b@s3.example' }, 'must not hold a user or password'],
    ['a query in the URL', { SCW_API_URL: 'https://a.example?x=1' }, 'must not hold a query'],
  ])('%s is one mistake', (_, changed, text) => {
    expect(mistakes({ ...ARMED, ...changed })).toEqual([expect.stringContaining(text)])
  })

  test('plain http to this machine is allowed', () => {
    expect(opened({ ...ARMED, SCW_API_URL: 'http://127.0.0.1:8080' }).apiUrl).toBe('http://127.0.0.1:8080')
  })

  test('tells every mistake at once, and never a secret', () => {
    const wrong = { SNAPFERRY_MODE: 'armed', SCW_ACCESS_KEY: 'SCWwrong', SCW_SECRET_KEY: 'hunter2hunter2' }
    const list = mistakes({ ...wrong, SCW_API_URL: 'x' })
    expect(list).toHaveLength(4)
    expect(list.join('\n')).not.toMatch(/hunter2|SCWwrong/)
  })

  test('a file whose text is empty is a mistake', () => {
    const env = { ...ARMED, SCW_SECRET_KEY: undefined, SCW_SECRET_KEY_FILE: '/x' }
    expect(mistakes(env, () => '\n').join()).toContain('is empty')
  })
})

describe('mode sandbox', () => {
  test('has its own fixed credentials and endpoints', () => {
    const access = opened(SANDBOX)
    expect(access).toMatchObject({
      mode: 'sandbox',
      apiUrl: 'http://127.0.0.1:8080',
      s3Regions: ['fr-par', 'nl-ams'],
    })
    expect(access.accessKey).toMatch(/^SCW[A-Z0-9]{17}$/)
    expect(access.s3Url('nl-ams')).toBe('http://[::1]:9001')
    expect(() => access.s3Url('pl-waw')).toThrow(RangeError)
  })

  test('ignores every SCW_* that is planted, right or wrong', () => {
    const planted = Object.fromEntries(
      SCALEWAY_ENV.filter((name) => name.startsWith('SCW_')).map((name) => [name, 'x']),
    )
    const plain = opened(SANDBOX)
    const other = opened({ ...SANDBOX, ...planted, ...ARMED, SNAPFERRY_MODE: 'sandbox' })
    expect(JSON.stringify(other)).toBe(JSON.stringify(plain))
    expect(other.s3Url('fr-par')).toBe('http://127.0.0.1:9000')
  })

  test.each<[string, Env, string]>([
    ['no emulator', { SNAPFERRY_EMULATOR_URL: undefined }, 'SNAPFERRY_EMULATOR_URL is not set'],
    ['no Object Storage', { SNAPFERRY_EMULATOR_S3: undefined }, 'SNAPFERRY_EMULATOR_S3 is not set'],
    [
      'the provider',
      { SNAPFERRY_EMULATOR_URL: 'https://51.159.0.1' },
      'only to loopback and private addresses',
    ],
    [
      'a metadata service',
      { SNAPFERRY_EMULATOR_URL: 'http://169.254.42.42' },
      'only to loopback and private',
    ],
    ['a disguised public address', { SNAPFERRY_EMULATOR_URL: 'http://0x08080808' }, 'is at 8.8.8.8'],
    ['public Object Storage', { SNAPFERRY_EMULATOR_S3: 'fr-par=http://8.8.8.8' }, 'fr-par is at 8.8.8.8'],
    ['an odd region', { SNAPFERRY_EMULATOR_S3: 'paris=http://127.0.0.1' }, '"paris" is no region'],
    ['an empty part', { SNAPFERRY_EMULATOR_S3: 'fr-par=http://127.0.0.1,' }, '"" is no region'],
    [
      'a region twice',
      { SNAPFERRY_EMULATOR_S3: 'fr-par=http://127.0.0.1,fr-par=http://127.0.0.1' },
      'names fr-par twice',
    ],
    ['a region without URL', { SNAPFERRY_EMULATOR_S3: 'fr-par' }, 'fr-par is no URL'],
  ])('%s is one mistake', (_, changed, text) => {
    expect(mistakes({ ...SANDBOX, ...changed })).toEqual([expect.stringContaining(text)])
  })
})

test('the names that are read are the names that are listed', () => {
  const asked = new Set<string>()
  const spy = (env: Env): Env =>
    new Proxy(env, {
      get(target, name) {
        asked.add(String(name))
        return target[String(name)]
      },
    })
  read(spy(SANDBOX))
  read(spy({ SNAPFERRY_MODE: 'armed' }))
  read(spy({ SNAPFERRY_MODE: 'observe', SCW_CONFIG_PATH: '/config.yaml' }), () => '')
  expect([...asked].sort()).toEqual([...SCALEWAY_ENV].sort())
})
