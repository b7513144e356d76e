import { expect, test } from 'vitest'
import { readConfig } from '../src/index.ts'

const ENV = {
  SNAPFERRY_MODE: 'sandbox',
  SNAPFERRY_EMULATOR_URL: 'http://127.0.0.1:1',
  SNAPFERRY_EMULATOR_S3: 'fr-par=http://127.0.0.1:2',
  REDIS_URL: 'redis://127.0.0.1:3',
}
const read = (text: string) => readConfig({ ...ENV, SNAPFERRY_NIGHTLY_SWEEP: text }, () => '').nightlySweep

test('each night a sweep only reports, unless an operator says otherwise', () => {
  expect(read('')).toBe('report')
  expect(['off', 'report', 'remove'].map(read)).toEqual(['off', 'report', 'remove'])
  expect(() => read('delete')).toThrow('SNAPFERRY_NIGHTLY_SWEEP takes one of off, report, remove')
})
