import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { type Emulator, SANDBOX_CREDENTIAL, startEmulator } from '@snapferry/emulator'
import { afterEach, describe, expect, test } from 'vitest'
import { armingWords, askToArm } from '../src/cloud/ask-to-arm.ts'
import { cloudEnv } from '../src/cloud/cloud-env.ts'
import { openCloudFolder } from '../src/cloud/cloud-folder.ts'
import { readOptions } from '../src/options.ts'

const START = join(import.meta.dirname, '../src/start.ts')
const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

function folderFor(what: string): string {
  const folder = mkdtempSync(join(tmpdir(), `snapferry-${what}-`))
  closers.push(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }))
  return folder
}

describe('where the credentials are looked for', () => {
  const there =
    (...paths: string[]) =>
    (path: string) =>
      paths.includes(path)
  test.each([
    ['nowhere', {}, [], undefined],
    ['in the home folder', { HOME: '/h' }, ['/h/.config/scw/config.yaml'], '/h/.config/scw/config.yaml'],
    ['not where no file is', { HOME: '/h' }, [], undefined],
    [
      'in XDG_CONFIG_HOME before the home folder',
      { HOME: '/h', XDG_CONFIG_HOME: '/x' },
      ['/h/.config/scw/config.yaml', '/x/scw/config.yaml'],
      '/x/scw/config.yaml',
    ],
    ['where SCW_CONFIG_PATH says, there or not', { HOME: '/h', SCW_CONFIG_PATH: '/own' }, [], '/own'],
  ])('%s', (_, env, files, path) => {
    expect(cloudEnv(env, 'observe', there(...files))['SCW_CONFIG_PATH']).toBe(path)
  })

  test('the environment passes on, but neither its mode nor what belongs to the sandbox', () => {
    const env = {
      ...{ SCW_PROFILE: 'staging', SNAPFERRY_BUCKETS: 'fr-par=a', SNAPFERRY_MODE: 'armed', PATH: '/bin' },
      ...{ SNAPFERRY_EMULATOR_URL: 'http://x', SNAPFERRY_REDIS_VOLATILE: '1' },
    }
    expect(cloudEnv(env, 'observe', () => false)).toEqual({
      ...{ SCW_PROFILE: 'staging', SNAPFERRY_BUCKETS: 'fr-par=a', SNAPFERRY_MODE: 'observe' },
    })
  })
})

describe('arming', () => {
  const PROJECT = SANDBOX_CREDENTIAL.projectId
  const ask = async (typed: string) => {
    const input = new PassThrough()
    input.end(typed)
    return askToArm(PROJECT, { input, say: () => {} })
  }
  test.each([
    ['the words', `${armingWords(PROJECT)}\n`, true],
    ['the words with blanks and no end of line', `  ${armingWords(PROJECT)} `, true],
    ['yes', 'yes\n', false],
    ['another project', 'arm 00000000\n', false],
    ['the words at the second try', `no\n${armingWords(PROJECT)}\n`, false],
    ['nothing', '', false],
    ['an empty line', '\n', false],
  ])('%s', async (_, typed, isArmed) => {
    expect(await ask(typed)).toBe(isArmed)
  })

  test.each([
    [['--arm'], /--arm goes with --cloud/],
    [['--cloud', '--once'], /--cloud does not go with/],
    [['--cloud', '--speed', '2'], /--cloud does not go with/],
    [['--cloud', '--sabotage', 'empty-image'], /--cloud does not go with/],
  ])('%j is refused', (args, words) => {
    expect(() => readOptions(args)).toThrow(words)
  })
})

test('a folder belongs to one start at a time; one that died holds it no longer', () => {
  const path = join(folderFor('lock'), 'default')
  const mine = openCloudFolder(path)
  expect(() => openCloudFolder(path)).toThrow(/is using .*default already/)
  const key = readFileSync(mine.apiKeyFile, 'utf8')
  expect(key.trim().length).toBeGreaterThanOrEqual(32)
  expect(statSync(mine.apiKeyFile).mode & 0o077).toBe(0)
  mine.release()
  writeFileSync(join(path, 'pid'), '999999999')
  expect(readFileSync(openCloudFolder(path).apiKeyFile, 'utf8'), 'it stays the same').toBe(key)
})

/** A home folder whose config file leads to an emulator, and a start from there. */
async function openCloud() {
  const home = folderFor('cloud')
  const emulator = await startEmulator({
    dataDir: join(home, 'provider'),
    drive: { mode: 'by-itself', speed: 1 },
    regions: ['fr-par', 'nl-ams', 'pl-waw', 'it-mil'],
  })
  closers.push(() => emulator.stop())
  const { accessKey, secretKey, projectId } = SANDBOX_CREDENTIAL
  mkdirSync(join(home, '.config', 'scw'), { recursive: true })
  writeFileSync(
    join(home, '.config', 'scw', 'config.yaml'),
    `access_key: ${accessKey}\nsecret_key: ${secretKey}\nprofiles:\n  here:\n    default_project_id: ${projectId}\n    api_url: ${emulator.apiUrl}\n`,
  )
  const start = (args: readonly string[], typed: string | null, env: Record<string, string> = {}) => {
    const child = spawn(process.execPath, [START, '--cloud', '--data', join(home, 'data'), ...args], {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: {
        ...{
          PATH: process.env['PATH'] ?? '',
          HOME: home,
          SCW_PROFILE: 'here',
          SNAPFERRY_BUCKETS: 'fr-par=staging',
        },
        ...{ SCW_S3_ENDPOINT: emulator.s3Urls['fr-par'] ?? '', SNAPFERRY_API_PORT: '0', ...env },
      },
    })
    closers.push(() => child.kill('SIGTERM'))
    if (typed !== null) child.stdin.end(typed)
    let text = ''
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk) => {
        text += String(chunk)
      })
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
    return {
      ended,
      // Long lines go on in the next, under their first word.
      said: () => text.replaceAll(/\n {2}(?=[^ ✔✘!])/g, ' '),
      saying: (words: RegExp) => expect.poll(() => text, { timeout: 40_000 }).toMatch(words),
      stop: () => {
        child.kill('SIGTERM')
        return ended
      },
    }
  }
  return { home, emulator, start }
}

const writesAt = (emulator: Emulator) =>
  emulator.admin.requests().filter(({ method }) => method !== 'GET' && method !== 'HEAD')

describe('npm start -- --cloud', () => {
  test('reads the config file, runs the doctor, observes, and keeps its journal for the next start', {
    timeout: 120_000,
  }, async () => {
    const { home, emulator, start } = await openCloud()
    emulator.admin.seedBucket({ region: 'fr-par', name: 'staging' })
    for (const times of [1, 2]) {
      const run = start([], null)
      await run.saying(/Snapferry observe: everything is checked/)
      expect(run.said()).toMatch(/The real provider: http:\/\/127\.0\.0\.1:\d+, project 6e1f0b52.*…0000/)
      expect(run.said()).toContain('Nothing is wrong.')
      expect(run.said()).not.toContain('nothing here reaches Scaleway')
      expect(run.said()).toContain(times === 1 ? 'belongs to nobody yet' : 'belongs to installation default')
      expect(run.said()).not.toContain(SANDBOX_CREDENTIAL.secretKey)
      const [, url] = /API (http:\S+)/.exec(run.said()) ?? []
      expect(await (await fetch(`${url}/readyz`)).json()).toMatchObject({ mode: 'observe' })
      expect(await run.stop()).toBe(130)
    }
    expect(writesAt(emulator)).toEqual([])
    const left = readdirSync(join(home, 'data', 'cloud', 'default')).sort()
    expect(left).toEqual(['api-key', 'api.log', 'redis', 'worker.log'])
  })

  test('is armed by the words alone, and only when the doctor finds nothing wrong', {
    timeout: 120_000,
  }, async () => {
    const { emulator, start } = await openCloud()
    const ill = start(['--arm'], 'arm 6e1f0b52\n')
    expect(await ill.ended).toBe(1)
    expect(ill.said()).toContain('first mend what the doctor found')
    emulator.admin.seedBucket({ region: 'fr-par', name: 'staging' })
    const unsure = start(['--arm'], '')
    expect(await unsure.ended).toBe(1)
    expect(unsure.said()).toMatch(/Type "arm 6e1f0b52"[\s\S]*Not armed, and not started/)
    const sure = start(['--arm'], 'arm 6e1f0b52\n')
    await sure.saying(/Snapferry armed: migrations are carried out/)
    await sure.stop()
  })

  test('says what is wrong with the config file, by line, and starts nothing', {
    timeout: 60_000,
  }, async () => {
    const { home, emulator, start } = await openCloud()
    const run = start([], null, { SCW_PROFILE: 'nowhere' })
    expect(await run.ended).toBe(3)
    expect(run.said()).toMatch(/line 4, column \d+: there is no profile "nowhere"/)
    writeFileSync(
      join(home, '.config', 'scw', 'config.yaml'),
      `secret_key: ${SANDBOX_CREDENTIAL.secretKey.slice(0, 9)}`,
    )
    const cut = start([], null, { SCW_PROFILE: '' })
    expect(await cut.ended).toBe(3)
    expect(cut.said()).toMatch(/line 1, column 13: secret_key is not\s+a UUID/)
    expect(cut.said()).not.toContain(SANDBOX_CREDENTIAL.secretKey.slice(0, 9))
    expect(emulator.admin.requests()).toEqual([])
  })
})
