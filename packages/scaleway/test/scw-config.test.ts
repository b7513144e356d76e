import { describe, expect, test } from 'vitest'
import { readAccess } from '../src/read-access.ts'
import { type ConfigMistake, readScwConfig } from '../src/scw-config.ts'

const KEY = 'SCW0123456789ABCDEFG'
const SECRET = '12345678-1234-4234-8234-123456789abc'
const PROJECT = '6e1f0b52-93a4-4f0c-8a2b-5d7c9e3f4a02'
const ORGANIZATION = '0a5c3d10-7b1e-4c55-9d57-2f6b8e4a1c01'
const OTHER_SECRET = '99999999-1234-4234-8234-123456789abc'

/** As the official CLI writes it. */
const FILE = `# Scaleway configuration file
access_key: ${KEY}
secret_key: ${SECRET}
default_organization_id: ${ORGANIZATION}
default_project_id: ${PROJECT}
default_region: fr-par
default_zone: fr-par-1
send_telemetry: true
profiles:
  staging:
    secret_key: "${OTHER_SECRET}"
    api_url: https://api.example
  broken:
    secret_key: none
`

const read = (text: string, profile: string | null = null) => readScwConfig(text, profile)
const mistakes = (text: string, profile: string | null = null): readonly ConfigMistake[] => {
  const config = read(text, profile)
  return config.ok ? [] : config.failure
}

describe('the config file of the official tools', () => {
  test('outside of all profiles is the default one', () => {
    const base = {
      access_key: KEY,
      secret_key: SECRET,
      default_organization_id: ORGANIZATION,
      default_project_id: PROJECT,
      default_region: 'fr-par',
      default_zone: 'fr-par-1',
    }
    expect(read(FILE)).toEqual({ ok: true, value: base })
    expect(read(FILE, 'default')).toEqual({ ok: true, value: base })
  })

  test.each([
    ['SCW_PROFILE', FILE, 'staging'],
    ['active_profile', `${FILE}active_profile: staging\n`, null],
    ['SCW_PROFILE before active_profile', `${FILE}active_profile: broken\n`, 'staging'],
  ])('a profile named by %s is laid over it', (_, text, profile) => {
    const value = { access_key: KEY, secret_key: OTHER_SECRET, api_url: 'https://api.example' }
    expect(read(text, profile)).toMatchObject({ ok: true, value })
  })

  test('that is empty, or has only comments, is no map', () => {
    expect(mistakes('')).toEqual([{ line: 1, column: 1, text: 'a list of "key: value" lines is expected' }])
    expect(mistakes('# later\n')).toHaveLength(1)
  })

  test('may use anchors and leave values empty', () => {
    const text = `secret_key: &s ${SECRET}\naccess_key:\ndefault_zone: ""\nprofiles:\n  a:\n    secret_key: *s\n`
    expect(read(text)).toEqual({ ok: true, value: { secret_key: SECRET } })
  })

  test.each([
    ['a tab', `access_key: ${KEY}\n\tsecret_key: ${SECRET}\n`, null, 2, /YAML/],
    ['a quote without end', `access_key: "${KEY}\nsecret_key: ${SECRET}\n`, null, 3, /YAML/],
    ['a key twice', `secret_key: ${SECRET}\nsecret_key: ${SECRET}\n`, null, 2, /YAML \(DUPLICATE_KEY\)/],
    [
      'a secret cut in the middle',
      FILE.slice(0, FILE.indexOf(SECRET) + 20),
      null,
      3,
      /secret_key is not a UUID/,
    ],
    ['a key in small letters', `access_key: ${KEY.toLowerCase()}`, null, 1, /access_key is not SCW/],
    ['a list as a value', `access_key: [${KEY}]`, null, 1, /access_key must be one value/],
    ['a zone that is none', 'default_zone: fr-par', null, 1, /default_zone is not a zone/],
    ['a region that is none', 'default_region: paris', null, 1, /default_region is not a region/],
    ['an address with a slash', 'api_url: https://a.example/', null, 1, /api_url must not end with a slash/],
    ['insecure that is neither', 'insecure: perhaps', null, 1, /insecure is not true or false/],
    ['a profile that is not there', FILE, 'prod', 10, /there is no profile "prod"/],
    ['a profile in a file without any', `access_key: ${KEY}`, 'prod', 1, /there is no profile/],
    ['a wrong value in the wanted profile', FILE, 'broken', 14, /secret_key is not a UUID/],
    ['a list instead of keys', `- ${KEY}\n`, null, 1, /"key: value"/],
    [
      'profiles that are a text',
      'profiles: staging\nactive_profile: staging',
      null,
      1,
      /no profile "staging"/,
    ],
  ])('%s is told with its line, and without any value', (_, text, profile, line, words) => {
    const [first, ...others] = mistakes(text, profile)
    expect(first).toMatchObject({ line, text: expect.stringMatching(words) })
    expect(first?.column).toBeGreaterThan(0)
    expect(others.length).toBeLessThan(5)
    expect(JSON.stringify([first, ...others])).not.toMatch(/12345678|99999999|0123456789/i)
  })

  test('cut anywhere is a mistake, or says less than before, but never another value', () => {
    const whole = read(FILE)
    for (let length = 0; length < FILE.length; length++) {
      const cut = read(FILE.slice(0, length))
      if (cut.ok && whole.ok) expect(whole.value).toMatchObject(cut.value)
    }
  })
})

describe('an environment that names the file', () => {
  const file = (text: string) => (path: string) => {
    if (path !== '/home/a/config.yaml') throw new Error('ENOENT')
    return text
  }
  const env = { SNAPFERRY_MODE: 'observe', SCW_CONFIG_PATH: '/home/a/config.yaml' }

  test('takes from it what it does not set itself', () => {
    const access = readAccess(
      { ...env, SCW_PROFILE: 'staging', SCW_API_URL: 'https://own.example' },
      file(FILE),
    )
    expect(access).toMatchObject({
      ok: true,
      value: {
        accessKey: KEY,
        secretKey: OTHER_SECRET,
        projectId: PROJECT,
        organizationId: ORGANIZATION,
        apiUrl: 'https://own.example',
      },
    })
  })

  test('is told every mistake in it, and what is missing only once it can be read', () => {
    expect(readAccess(env, file(`access_key: ${KEY}\nsecret_key: x\n`))).toEqual({
      ok: false,
      failure: ['the config file of SCW_CONFIG_PATH, line 2, column 13: secret_key is not a UUID'],
    })
    expect(readAccess(env, file(`access_key: ${KEY}\n`))).toEqual({
      ok: false,
      failure: [
        expect.stringContaining('SCW_SECRET_KEY is not set'),
        expect.stringContaining('SCW_DEFAULT_PROJECT_ID is not set'),
      ],
    })
    const absent = readAccess({ ...env, SCW_CONFIG_PATH: '/elsewhere' }, file(FILE))
    expect(JSON.stringify(absent)).toContain('SCW_CONFIG_PATH: the file it names cannot be read')
  })

  test('is refused with insecure: true, and in mode sandbox the file is not even opened', () => {
    const insecure = readAccess(env, file(`${FILE}insecure: true\n`))
    expect(insecure).toMatchObject({ ok: false, failure: [expect.stringContaining('always checked')] })
    const sandbox = {
      ...{ ...env, SNAPFERRY_MODE: 'sandbox', SNAPFERRY_EMULATOR_URL: 'http://127.0.0.1:1' },
      SNAPFERRY_EMULATOR_S3: 'fr-par=http://127.0.0.1:2',
    }
    const opened: string[] = []
    const access = readAccess(sandbox, (path) => {
      opened.push(path)
      return FILE
    })
    expect(access.ok).toBe(true)
    expect(opened).toEqual([])
    expect(JSON.stringify(access)).not.toContain(KEY)
  })
})
