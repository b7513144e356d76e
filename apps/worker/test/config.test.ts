import { describe, expect, test } from 'vitest'
import { readConfig, WORKER_ENV } from '../src/index.ts'

const GOOD = {
  SNAPFERRY_MODE: 'sandbox',
  SNAPFERRY_EMULATOR_URL: 'http://127.0.0.1:9',
  SNAPFERRY_EMULATOR_S3: 'fr-par=http://127.0.0.1:9',
  REDIS_URL: 'redis://127.0.0.1:6379',
}
const ARMED = {
  SNAPFERRY_MODE: 'armed',
  SCW_ACCESS_KEY: 'SCWXXXXXXXXXXXXXXXXX',
  SCW_SECRET_KEY: '11111111-1111-4111-8111-111111111111',
  SCW_DEFAULT_PROJECT_ID: '22222222-2222-4222-8222-222222222222',
}
const noFile = () => {
  throw new Error('ENOENT')
}
const read = (changed: Record<string, string | undefined> = {}) => readConfig({ ...GOOD, ...changed }, noFile)
const DEFAULTS = {
  mode: 'sandbox',
  install: 'default',
  redisUrl: 'redis://127.0.0.1:6379',
  allowVolatile: false,
  concurrency: 100,
  metrics: { host: '127.0.0.1', port: 9465 },
  logLevel: 'info',
  revision: 'unknown',
}

describe('what the environment says', () => {
  test('is little: the rest has defaults', () => {
    expect(read()).toMatchObject(DEFAULTS)
  })

  test.each(['', '  '])('is nothing where it is empty: %j', (empty) => {
    const names = WORKER_ENV.filter((name) => name !== 'REDIS_URL')
    expect(read(Object.fromEntries(names.map((name) => [name, empty])))).toMatchObject(DEFAULTS)
    expect(() => read({ REDIS_URL: empty })).toThrow(/REDIS_URL/)
  })

  test('is taken as given, without the blanks around it', () => {
    const given = {
      SNAPFERRY_INSTALL: ' paris ',
      REDIS_URL: 'rediss://redis.internal:6380',
      SNAPFERRY_REDIS_VOLATILE: '1',
      SNAPFERRY_CONCURRENCY: '1000',
      SNAPFERRY_METRICS_HOST: '127.0.0.2',
      SNAPFERRY_METRICS_PORT: '0',
      SNAPFERRY_LOG_LEVEL: 'debug',
      SNAPFERRY_REVISION: 'abc',
    }
    expect(read(given)).toMatchObject({
      install: 'paris',
      redisUrl: 'rediss://redis.internal:6380',
      allowVolatile: true,
      concurrency: 1_000,
      metrics: { host: '127.0.0.2', port: 0 },
      logLevel: 'debug',
      revision: 'abc',
    })
    expect(readConfig({ ...GOOD, ...ARMED }, noFile).mode).toBe('armed')
  })

  test.each([
    ['SNAPFERRY_MODE', undefined],
    ['SNAPFERRY_MODE', 'watch'],
    ['REDIS_URL', undefined],
    ['REDIS_URL', 'http://127.0.0.1'],
    ['REDIS_URL', '127.0.0.1:6379'],
    ['SNAPFERRY_INSTALL', 'Our Paris'],
    ['SNAPFERRY_INSTALL', 'a'.repeat(21)],
    ['SNAPFERRY_CONCURRENCY', '0'],
    ['SNAPFERRY_CONCURRENCY', '1001'],
    ['SNAPFERRY_CONCURRENCY', '1e2'],
    ['SNAPFERRY_CONCURRENCY', 'many'],
    ['SNAPFERRY_METRICS_PORT', '65536'],
    ['SNAPFERRY_METRICS_PORT', '-1'],
    ['SNAPFERRY_METRICS_PORT', '0x10'],
    ['SNAPFERRY_LOG_LEVEL', 'loud'],
    ['SNAPFERRY_REDIS_VOLATILE', 'yes'],
    ['SNAPFERRY_EMULATOR_URL', 'somewhere'],
  ])('is refused by name: %s=%s', (name, value) => {
    expect(() => read({ [name]: value })).toThrow(name)
  })

  test('observe is read like armed, and keeps its name', () => {
    const observed = readConfig({ ...GOOD, ...ARMED, SNAPFERRY_MODE: 'observe' }, noFile)
    expect(observed).toMatchObject({
      mode: 'observe',
      access: { mode: 'observe' },
      credentials: { files: [] },
    })
  })

  test('says which files hold the key', () => {
    const inFiles = { SCW_SECRET_KEY: '', SCW_SECRET_KEY_FILE: ' /run/secret ' }
    const config = readConfig({ ...GOOD, ...ARMED, ...inFiles }, () => ARMED.SCW_SECRET_KEY)
    expect(config.credentials?.files).toEqual(['/run/secret'])
    expect(read(inFiles).credentials?.files, 'the sandbox reads none').toEqual([])
  })

  test.each(['armed', 'observe'] as const)('%s takes no Redis that forgets', (mode) => {
    const forgetful = { ...ARMED, SNAPFERRY_MODE: mode, SNAPFERRY_REDIS_VOLATILE: '1' }
    expect(() => readConfig({ ...GOOD, ...forgetful }, noFile)).toThrow(
      /SNAPFERRY_REDIS_VOLATILE is only for/,
    )
  })

  test('is refused for everything at once, and no secret stands in the text', () => {
    const secret = 'not-a-secret-key-of-scaleway'
    const wrong = { ...ARMED, SCW_SECRET_KEY: secret, REDIS_URL: '', SNAPFERRY_CONCURRENCY: 'x' }
    expect(() => readConfig({ ...GOOD, ...wrong }, noFile)).toThrow(
      /SCW_SECRET_KEY[\s\S]*REDIS_URL[\s\S]*SNAPFERRY_CONCURRENCY/,
    )
    expect(() => readConfig({ ...GOOD, ...wrong }, noFile)).not.toThrow(secret)
  })
})
