import { readFileSync } from 'node:fs'
import { SCALEWAY_ENV } from '@snapferry/scaleway'
import { describe, expect, test } from 'vitest'
import { API_ENV, mistakesText, readConfig } from '../src/config.ts'

const GOOD = {
  SNAPFERRY_MODE: 'sandbox',
  SNAPFERRY_EMULATOR_URL: 'http://127.0.0.1:9000',
  SNAPFERRY_EMULATOR_S3: 'fr-par=http://127.0.0.1:9001',
  REDIS_URL: 'redis://127.0.0.1:6379',
}
const read = (changed: Record<string, string | undefined> = {}, files: Record<string, string> = {}) =>
  readConfig({ ...GOOD, ...changed }, (path) => {
    if (files[path] === undefined) throw new Error('ENOENT')
    return files[path]
  })

function value(changed: Record<string, string> = {}, files: Record<string, string> = {}) {
  const config = read(changed, files)
  if (!config.ok) throw new Error(config.failure.join('\n'))
  return config.value
}

describe('what the environment says', () => {
  test('is little in the sandbox: the rest has defaults', () => {
    expect(value()).toMatchObject({
      install: 'default',
      prefix: 'snapferry',
      buckets: {},
      apiKey: null,
      allowVolatile: false,
      api: { host: '127.0.0.1', port: 8080 },
      metrics: { host: '127.0.0.1', port: 9464 },
      ratePerMinute: 1_000_000,
      logLevel: 'info',
    })
  })

  test('names a bucket for each region', () => {
    const text = 'fr-par=acme-staging, nl-ams=acme.ams'
    expect(value({ SNAPFERRY_BUCKETS: text }).buckets).toEqual({
      'fr-par': 'acme-staging',
      'nl-ams': 'acme.ams',
    })
  })

  test('gives the first API key itself or in a file', () => {
    expect(value({ SNAPFERRY_API_KEY: '0123456789abcdef' }).apiKey).toBe('0123456789abcdef')
    const file = { '/run/key': 'fedcba9876543210\n' }
    expect(value({ SNAPFERRY_API_KEY_FILE: '/run/key' }, file).apiKey).toBe('fedcba9876543210')
  })

  test('may take free ports and a forgetful Redis in the sandbox', () => {
    const config = value({ SNAPFERRY_API_PORT: '0', SNAPFERRY_REDIS_VOLATILE: '1' })
    expect([config.api.port, config.allowVolatile]).toEqual([0, true])
  })

  test.each([
    ['REDIS_URL', ''],
    ['REDIS_URL', 'http://127.0.0.1'],
    ['SNAPFERRY_MODE', ''],
    ['SNAPFERRY_MODE', 'production'],
    ['SNAPFERRY_INSTALL', 'My Install'],
    ['SNAPFERRY_PREFIX', '/a/'],
    ['SNAPFERRY_BUCKETS', 'fr-par'],
    ['SNAPFERRY_BUCKETS', 'fr-par=A'],
    ['SNAPFERRY_BUCKETS', 'fr-par=aaa,fr-par=bbb'],
    ['SNAPFERRY_API_KEY', 'short'],
    ['SNAPFERRY_API_KEY', '0123456789 abcdef'],
    ['SNAPFERRY_API_KEY_FILE', '/nowhere'],
    ['SNAPFERRY_API_PORT', '70000'],
    ['SNAPFERRY_METRICS_PORT', '-1'],
    ['SNAPFERRY_API_RATE_PER_MINUTE', '0'],
    ['SNAPFERRY_LOG_LEVEL', 'loud'],
    ['SNAPFERRY_REDIS_VOLATILE', 'yes'],
  ])('%s=%j is a mistake that names it', (name, text) => {
    const config = read({ [name]: text })
    expect(config.ok ? '' : config.failure.join('\n')).toContain(name)
  })

  test('never lets a Redis that forgets pass outside the sandbox', () => {
    const config = read({ SNAPFERRY_MODE: 'armed', SNAPFERRY_REDIS_VOLATILE: '1' })
    expect(config.ok ? '' : config.failure.join('\n')).toContain('only for SNAPFERRY_MODE=sandbox')
  })

  test('tells all mistakes in one message that says where to look, without secrets', () => {
    const config = read({ REDIS_URL: 'x', SNAPFERRY_API_PORT: 'y', SNAPFERRY_API_KEY: 'hunter2' })
    const text = config.ok ? '' : mistakesText(config.failure)
    expect(text).toContain('.env.example')
    expect(text.split('\n')).toHaveLength(4)
    expect(text).not.toContain('hunter2')
  })

  test('is read from no other name than the two lists have', () => {
    const source = readFileSync(new URL('../src/config.ts', import.meta.url), 'utf8')
    const names = new Set(
      [...source.matchAll(/'((?:SNAPFERRY|SCW|REDIS)_[A-Z_]+)'/g)].map(([, name]) => name),
    )
    const known = [...API_ENV, ...SCALEWAY_ENV] as string[]
    expect([...names].filter((name) => !known.includes(name!))).toEqual([])
    expect(API_ENV.filter((name) => !names.has(name))).toEqual([])
  })
})
