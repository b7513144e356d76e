import { describe, expect, test } from 'vitest'
import { readEnv } from '../src/read-env.ts'

const NAMES = ['HOST', 'PORT', 'S3_PORTS', 'REGIONS', 'SPEED', 'START_MS', 'SEED'].map(
  (name) => `SNAPFERRY_EMULATOR_${name}`,
)
const DATA = { SNAPFERRY_EMULATOR_DATA: '/data' }
const DEFAULTS = {
  dataDir: '/data',
  drive: { mode: 'by-itself', speed: 1 },
  ports: { api: 0, s3: {} },
  seed: 1,
}

describe('the settings of the emulator', () => {
  test('have defaults, except for the folder', () => {
    expect(readEnv(DATA)).toEqual(DEFAULTS)
  })

  test.each(['', '  '])('are unset when they are empty: %j', (empty) => {
    expect(readEnv({ ...DATA, ...Object.fromEntries(NAMES.map((name) => [name, empty])) })).toEqual(DEFAULTS)
    expect(() => readEnv({ SNAPFERRY_EMULATOR_DATA: empty })).toThrow(/SNAPFERRY_EMULATOR_DATA/)
  })

  test('are taken as given', () => {
    const given = {
      SNAPFERRY_EMULATOR_HOST: '127.0.0.2',
      SNAPFERRY_EMULATOR_PORT: '8090',
      SNAPFERRY_EMULATOR_S3_PORTS: 'fr-par=8091, nl-ams=8092',
      SNAPFERRY_EMULATOR_REGIONS: 'fr-par, nl-ams',
      SNAPFERRY_EMULATOR_START_MS: '1790000000000',
      SNAPFERRY_EMULATOR_SEED: '7',
    }
    expect(readEnv({ ...DATA, ...given })).toEqual({
      dataDir: '/data',
      drive: { mode: 'by-hand', startMs: 1_790_000_000_000 },
      ports: { api: 8090, s3: { 'fr-par': 8091, 'nl-ams': 8092 } },
      seed: 7,
      regions: ['fr-par', 'nl-ams'],
      host: '127.0.0.2',
    })
    expect(readEnv({ ...DATA, SNAPFERRY_EMULATOR_START_MS: '0' }).drive).toEqual({
      mode: 'by-hand',
      startMs: 0,
    })
  })

  test.each([
    ['SNAPFERRY_EMULATOR_PORT', 'http'],
    ['SNAPFERRY_EMULATOR_PORT', '65536'],
    ['SNAPFERRY_EMULATOR_SPEED', '0'],
    ['SNAPFERRY_EMULATOR_SEED', '-1'],
    ['SNAPFERRY_EMULATOR_START_MS', 'yesterday'],
    ['SNAPFERRY_EMULATOR_S3_PORTS', 'paris=1'],
  ])('name what is wrong: %s=%s', (name, value) => {
    expect(() => readEnv({ ...DATA, [name]: value })).toThrow(name)
  })
})
