import { expect, test } from 'vitest'
import { readDoctorConfig } from '../../src/doctor/setup.ts'

const ENV = {
  SNAPFERRY_MODE: 'observe',
  SCW_ACCESS_KEY: 'SCWXXXXXXXXXXXXXABCD',
  SCW_SECRET_KEY: '11111111-1111-4111-8111-111111111111',
  SCW_DEFAULT_PROJECT_ID: '22222222-2222-4222-8222-222222222222',
  REDIS_URL: 'redis://127.0.0.1:6379',
}
const noFile = () => {
  throw new Error('ENOENT')
}

test('the doctor reads what API and worker read, and keeps of the key its last four characters', () => {
  const buckets = { SNAPFERRY_BUCKETS: 'fr-par=a-1, nl-ams=b-2', SNAPFERRY_ARCHIVE_BUCKET: 'fr-par=old' }
  const { setup } = readDoctorConfig({ ...ENV, ...buckets }, noFile)
  expect(setup).toMatchObject({ mode: 'observe', keyTail: '…ABCD', install: 'default', prefix: 'snapferry' })
  expect(setup.buckets).toEqual([
    { region: 'fr-par', bucket: 'a-1', use: 'default' },
    { region: 'nl-ams', bucket: 'b-2', use: 'default' },
    { region: 'fr-par', bucket: 'old', use: 'archive' },
  ])
  expect(JSON.stringify(setup)).not.toMatch(/1111|SCWX/)
})

test('every mistake is told at once, and no secret', () => {
  const wrong = { ...ENV, SCW_SECRET_KEY: 'hunter2', SNAPFERRY_BUCKETS: 'staging', SNAPFERRY_INSTALL: 'No' }
  expect(() => readDoctorConfig({ ...wrong, REDIS_URL: '' }, noFile)).toThrow(
    /SCW_SECRET_KEY[\s\S]*SNAPFERRY_INSTALL[\s\S]*REDIS_URL[\s\S]*SNAPFERRY_BUCKETS/,
  )
  expect(() => readDoctorConfig(wrong, noFile)).not.toThrow(/hunter2/)
})
