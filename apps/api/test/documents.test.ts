import { readFileSync } from 'node:fs'
import { HOLDS, isProblemCode, PROBLEMS, WHY_CODES } from '@snapferry/contracts'
import { CATALOGUE, codeOf, type FailureKind, HOLD_KINDS, PRIORITY_MAX, WHY } from '@snapferry/migration'
import { expect, test } from 'vitest'
import { limitsPage } from '../src/limits-page.ts'
import { named } from '../src/named-schemas.ts'
import { openapiDocument } from '../src/openapi-document.ts'
import { problemsPage } from '../src/problems-page.ts'
import { openWorld } from './harness.ts'

const doc = (name: string) => readFileSync(new URL(`../../../docs/${name}`, import.meta.url), 'utf8')
const REPAIR = 'run: pnpm --filter @snapferry/api run openapi'

test('docs/openapi.json is what the routes say', async () => {
  expect(JSON.parse(doc('openapi.json')), REPAIR).toEqual(JSON.parse(JSON.stringify(await openapiDocument())))
})

test('docs/problems.md has a line for every problem code', () => {
  expect(doc('problems.md'), REPAIR).toBe(problemsPage())
})

test('docs/limits.md has a line for every hold and every reason to wait', () => {
  expect(doc('limits.md'), REPAIR).toBe(limitsPage())
  expect(Object.keys(HOLDS).toSorted()).toEqual([...HOLD_KINDS].toSorted())
  expect(Object.keys(WHY_CODES).toSorted()).toEqual(Object.keys(WHY).toSorted())
})

test('the highest priority of the contract is that of the line', () => {
  const { schemas } = JSON.parse(doc('openapi.json')).components
  expect(schemas.CreateMigration.properties.priority).toMatchObject({ minimum: 0, maximum: PRIORITY_MAX })
})

test('every operation has a name of its own, a summary, and a schema for each answer', async () => {
  const { paths } = JSON.parse(doc('openapi.json'))
  const operations = Object.values<Record<string, { operationId: string; summary: string }>>(paths).flatMap(
    (path) => Object.values(path),
  )
  const ids = operations.map((one) => one.operationId)
  expect(new Set(ids).size).toBe(ids.length)
  expect(operations.every((one) => one.summary.length > 0)).toBe(true)
})

test('every $ref of docs/openapi.json leads somewhere', () => {
  const text = doc('openapi.json')
  const { schemas } = JSON.parse(text).components
  const refs = [...text.matchAll(/"#\/components\/schemas\/([A-Za-z]+)"/g)].map(([, name]) => name!)
  expect(refs.length).toBeGreaterThan(20)
  expect(refs.filter((name) => !(name in schemas))).toEqual([])
})

test('two schemas of one title are refused', () => {
  const schema = (type: string) => ({ title: 'A', type })
  expect(() => named({ a: schema('string'), b: schema('object') })).toThrow(
    'two different schemas are called A',
  )
})

test('every failure that a caller can mend has a problem code under its other spelling', () => {
  const kinds = Object.entries(CATALOGUE).filter(([, advice]) => advice.tell === 'caller')
  const codes = kinds.map(([kind]) => codeOf(kind as FailureKind))
  // Refused by the provider in the middle of the work: never an answer to a request.
  const later = ['export_refused', 'import_refused']
  expect(codes.filter((code) => !isProblemCode(code) && !later.includes(code))).toEqual([])
})

test('every code that the core finds is in the table', () => {
  const sources = ['asked', 'preflight'].map((name) =>
    readFileSync(new URL(`../../../packages/migration/src/${name}.ts`, import.meta.url), 'utf8'),
  )
  const codes = sources.flatMap((text) =>
    [...text.matchAll(/critical\(\s*'([a-z_]+)'/g)].map(([, code]) => code!),
  )
  expect(codes).toContain('unknown_zone')
  expect(codes.filter((code) => !isProblemCode(code))).toEqual([])
})

test('every problem has a title and a fix that are sentences', () => {
  for (const [code, row] of Object.entries(PROBLEMS)) {
    expect(code).toMatch(/^[a-z_]+$/)
    expect(row.title).toMatch(/^[A-Z].*[^.]$/)
    expect(row.fix).toMatch(/\.$/)
  }
})

test('the root leads to the page of the API and is no operation of it', async () => {
  const world = await openWorld()
  const root = await world.app.inject('/')
  expect([root.statusCode, root.headers.location]).toEqual([302, '/docs'])
  expect((await world.app.inject(String(root.headers.location))).statusCode).toBe(200)
  expect(Object.keys(JSON.parse(doc('openapi.json')).paths)).not.toContain('/')
  await world.close()
})

test('the page of the API works without the internet', async () => {
  const world = await openWorld()
  const page = await world.app.inject('/docs/')
  expect(page.statusCode).toBe(200)
  expect(page.body).not.toMatch(/(src|href)="https?:/)
  const assets = [...page.body.matchAll(/(?:src|href)="\.?\/?([^"]+)"/g)].map(([, path]) =>
    path!.replace(/^docs\//, ''),
  )
  expect(assets.length).toBeGreaterThan(3)
  for (const asset of assets) expect((await world.app.inject(`/docs/${asset}`)).statusCode, asset).toBe(200)
  // The policy that came with the page lets its own scripts run and nothing else.
  expect(page.headers['content-security-policy']).toContain("default-src 'self'")
  expect(page.body).not.toMatch(/<script>[^<]/)
  expect((await world.app.inject('/openapi.json')).json()).toEqual(JSON.parse(doc('openapi.json')))
  await world.close()
})
