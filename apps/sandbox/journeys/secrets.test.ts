import { readFileSync } from 'node:fs'
import type { MigrationView } from '@snapferry/contracts'
import type { WantedFault } from '@snapferry/emulator'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Kept, redisContents } from './redis-contents.ts'
import { FORMS, findSecrets } from './secret-search.ts'
import { openSecretTown, plantedSecrets, type SecretTown } from './secret-town.ts'
import { type WatchedProcess, watchProcess } from './watched-process.ts'

const OPENAPI = new URL('../../../docs/openapi.json', import.meta.url)
const END_MS = 20_000
const POLL_MS = 20

const secrets = plantedSecrets()
let town: SecretTown
/** Everything that left a process: answers, output, metrics, what Redis keeps. */
const left: Kept[] = []
/** A worker whose password Redis does not know; it tries for 10 s. */
let stranger: WatchedProcess | undefined
beforeAll(async () => {
  town = await openSecretTown(secrets)
  const password = encodeURIComponent(secrets['a token in a header'])
  stranger = watchProcess('worker', {
    ...town.env,
    SCW_ACCESS_KEY: secrets['the access key'],
    SCW_SECRET_KEY: secrets['the secret key'],
    REDIS_URL: town.redis.url.replace(/:[^:@]*@/, `:${password}@`),
  })
})
afterAll(async () => {
  await stranger?.stop()
  // A town that did not come up has put itself away.
  await (town as SecretTown | undefined)?.[Symbol.asyncDispose]()
})

const bearer = (key: string) => ({ authorization: `Bearer ${key}` })

/** One request, whose whole answer is kept for the search. */
async function ask(
  method: string,
  path: string,
  o: { body?: string; headers?: Record<string, string> } = {},
) {
  const headers = {
    ...bearer(secrets['the API key']),
    ...(o.body === undefined ? {} : { 'content-type': 'application/json' }),
    ...o.headers,
  }
  const answer = await fetch(`${town.apiUrl}${path}`, {
    method,
    headers,
    body: o.body ?? null,
    redirect: 'manual',
  })
  const text = await answer.text()
  const shown = path.split('?')[0]
  left.push({
    from: `${method} ${shown} → ${answer.status}`,
    bytes: Buffer.from(`${JSON.stringify([...answer.headers])}\n${text}`),
  })
  return { status: answer.status, text }
}

async function show(id: string): Promise<MigrationView> {
  return JSON.parse((await ask('GET', `/v1/migrations/${id}`)).text)
}

async function until(id: string, wanted: (m: MigrationView) => boolean): Promise<MigrationView> {
  const deadline = performance.now() + END_MS
  for (;;) {
    const seen = await show(id)
    if (wanted(seen)) return seen
    if (performance.now() > deadline)
      throw new Error(`it never came to that: ${JSON.stringify(seen, null, 1)}`)
    await town.wake()
    await new Promise((next) => setTimeout(next, POLL_MS))
  }
}

/** Starts a migration of a new snapshot in this weather. */
async function start(api: 'instance' | 'block', faults: readonly WantedFault[]) {
  const { admin } = town.emulator
  admin.clearFaults()
  const { id: snapshot } = admin.seedSnapshot({ api, zone: 'fr-par-1', data: { bytes: 100_000, extents: 2 } })
  for (const fault of faults) admin.armFault(fault)
  const body = JSON.stringify({ source: { snapshot }, from: 'fr-par-1', to: 'fr-par-2' })
  const answer = await ask('POST', '/v1/migrations', { body })
  return { status: answer.status, id: String(JSON.parse(answer.text).id) }
}

const echo = (operation: string, status: number, times: number | 'forever' = 'forever'): WantedFault => ({
  match: { operation },
  times,
  fault: { kind: 'echo-credentials', status },
})

/** How a provider could word why an import broke: with the signed URL that it read from. */
const DETAILS = `GET https://s3.fr-par.scw.cloud/x?X-Amz-Credential=${secrets['the access key']}%2F20261123&X-Amz-Signature=${secrets['the secret of a signed URL']} as ${secrets['the secret key']} failed`

test('a careless provider tells each form of a secret, and the search sees it', async () => {
  town.emulator.admin.armFault(echo('GetSnapshot', 403, 1))
  const answer = await fetch(`${town.emulator.apiUrl}/block/v1/zones/fr-par-1/snapshots/x`, {
    headers: { 'x-auth-token': secrets['the secret key'] },
  })
  const found = findSecrets(Buffer.from(await answer.text()), { it: secrets['the secret key'] })
  expect(found.map(({ form }) => form).toSorted()).toEqual(Object.keys(FORMS).toSorted())
  expect(answer.headers.get('x-request-id')).toBe(secrets['the secret key'])
})

test('a success, with words of the provider on the way', async () => {
  const { id, status } = await start('instance', [
    echo('GetObject', 500, 2),
    echo('ListObjectsV2', 503, 2),
    {
      match: { operation: 'GetSnapshot', zone: 'fr-par-2' },
      times: 2,
      fault: { kind: 'unknown-state', word: DETAILS },
    },
    echo('UpdateSnapshot', 500, 2),
  ])
  expect(status).toBe(202)
  expect(await until(id, ({ done }) => done)).toMatchObject({ state: 'succeeded' })
})

test('an import that is refused in careless words: it fails', async ({ task }) => {
  task.meta.faults = [{ step: 'import', fault: '400', outcome: 'failed, the words kept without secrets' }]
  const { id } = await start('block', [echo('ImportSnapshot', 400)])
  const failed = await until(id, ({ done }) => done)
  expect(failed).toMatchObject({ state: 'failed', failure: { kind: 'import-refused' } })
  expect(failed.failure?.words, 'the words are kept, without the secrets').toContain('[removed]')
})

test('an import that breaks with a signed URL in its details, and a cancel', async () => {
  const { id } = await start('instance', [
    {
      match: { operation: 'ImportSnapshot' },
      times: 'forever',
      fault: { kind: 'import-ends-in', state: 'invalid_data', details: DETAILS },
    },
  ])
  await until(id, ({ attempt, done }) => attempt > 1 || done)
  await ask('POST', `/v1/migrations/${id}/cancel`)
  await until(id, ({ done }) => done)
})

test('a 401 of the provider that repeats the key puts up a hold without it, and a cancel ends the migration', async ({
  task,
}) => {
  task.meta.faults = [{ step: 'export', fault: '401', outcome: 'held, then cancelled; no secret kept' }]
  const { id } = await start('block', [echo('ExportSnapshot', 401)])
  const held = await until(id, ({ why }) => why?.code === 'hold-credentials')
  expect(held.why?.text, 'the words are kept, without the secrets').toContain('[removed]')
  const shown = await ask('GET', `/v1/holds/${encodeURIComponent(HOLD)}`)
  expect(shown.status).toBe(200)
  left.push({ from: 'the hold', bytes: Buffer.from(shown.text) })
  town.emulator.admin.clearFaults()
  expect((await ask('POST', `/v1/migrations/${id}/cancel`)).status).toBe(202)
  expect((await ask('DELETE', `/v1/holds/${encodeURIComponent(HOLD)}`)).status).toBe(204)
  expect(await until(id, ({ done }) => done)).toMatchObject({ state: 'cancelled' })
})

const HOLD = 'credentials:profile/default'

test('requests that are refused: by the checks, the form, the key', async () => {
  expect((await start('block', [echo('GetSnapshot', 403)])).status).toBeGreaterThanOrEqual(400)
  town.emulator.admin.clearFaults()
  const field = secrets['a field of a body']
  const odd = {
    cookie: `session=${secrets['a cookie']}`,
    'x-auth-token': secrets['a token in a header'],
    'x-api-key': secrets['a token in a header'],
    'proxy-authorization': `Basic ${Buffer.from(`u:${secrets['a token in a header']}`).toString('base64')}`,
    'idempotency-key': secrets['an Idempotency-Key'],
  }
  const post = (body: string, headers = {}) =>
    ask('POST', '/v1/migrations', { body, headers: { ...odd, ...headers } })
  expect((await post(JSON.stringify({ secretKey: field, source: { snapshot: 1 } }))).status).toBe(422)
  expect((await post(`{"password": "${field}", `)).status).toBe(400)
  const { id: snapshot } = town.emulator.admin.seedSnapshot({ api: 'block', zone: 'fr-par-1' })
  const good = JSON.stringify({ source: { snapshot }, from: 'fr-par-1', to: 'fr-par-2' })
  expect((await post(good, bearer(secrets['a stranger’s API key']))).status).toBe(401)
  expect((await post(good, { authorization: `Basic ${secrets['a stranger’s API key']}` })).status).toBe(401)
  expect((await post(good)).status).toBe(202)
  const query = `api_key=${secrets['a key in the query']}`
  expect((await ask('GET', `/v1/migrations?${query}`)).status).toBe(400)
  expect((await ask('GET', `/nowhere?${query}`)).status).toBe(404)
  expect((await ask('GET', '/v1/migrations', { headers: odd })).status).toBe(200)
})

test('programs that are told nonsense say so and repeat none of it', async () => {
  const { env } = town
  const userInUrl = `https://user:${secrets['the secret key']}@api.example?token=${secrets['a key in the query']}`
  const nonsense = {
    ...env,
    SCW_API_URL: userInUrl,
    SCW_S3_ENDPOINT: userInUrl,
    SCW_ACCESS_KEY: secrets['the secret key'],
    SCW_SECRET_KEY_FILE: secrets['the secret key'],
    SNAPFERRY_API_KEY_FILE: secrets['the API key'],
    SNAPFERRY_BUCKETS: secrets['the API key'],
    SNAPFERRY_CONCURRENCY: secrets['the API key'],
    SNAPFERRY_LOG_LEVEL: secrets['the API key'],
    REDIS_URL: `http://:${encodeURIComponent(secrets['the password of Redis'])}@127.0.0.1`,
  }
  const sandbox = {
    ...env,
    SNAPFERRY_MODE: 'sandbox',
    SNAPFERRY_EMULATOR_URL: userInUrl,
    SNAPFERRY_EMULATOR_S3: userInUrl,
    SNAPFERRY_INSTALL: secrets['the API key'],
  }
  const programs = [
    watchProcess('api', nonsense),
    watchProcess('worker', nonsense),
    watchProcess('api', sandbox),
    ...(stranger === undefined ? [] : [stranger]),
  ]
  expect(programs).toHaveLength(4)
  for (const [at, program] of programs.entries()) {
    expect(await program.ended(), `program ${at}: ${program.said()}`).toBe(1)
    expect(program.said().trim()).not.toBe('')
    left.push({ from: `nonsense ${at}`, bytes: Buffer.from(program.said()) })
  }
})

test('nothing of any secret left a process, in whatever form', async () => {
  const page: { items: { id: string }[] } = JSON.parse((await ask('GET', '/v1/migrations?pageSize=100')).text)
  expect(page.items.length).toBeGreaterThanOrEqual(5)
  const { paths }: { paths: Record<string, object> } = JSON.parse(readFileSync(OPENAPI, 'utf8'))
  const readable = Object.entries(paths).flatMap(([path, methods]) =>
    'get' in methods && !path.includes('{name}') ? [path] : [],
  )
  for (const path of [...readable, '/docs', '/openapi.json']) {
    const ids = path.includes('{id}') ? page.items.map(({ id }) => id) : ['']
    for (const id of ids) expect((await ask('GET', path.replace('{id}', id))).status, path).toBeLessThan(400)
  }
  for (const url of town.metricsUrls)
    left.push({ from: url, bytes: Buffer.from(await (await fetch(url)).text()) })
  left.push(...(await redisContents(town.redis.url, town.redisDir)))
  await Promise.all([town.api.stop(), town.worker.stop()])
  for (const [from, program] of Object.entries({ api: town.api, worker: town.worker })) {
    expect(program.said().split('\n').length, `the ${from} said something`).toBeGreaterThan(10)
    left.push({ from: `output of the ${from}`, bytes: Buffer.from(program.said()) })
  }

  const { admin } = town.emulator
  expect(admin.requests().filter(({ fault }) => fault === 'echo-credentials').length).toBeGreaterThanOrEqual(
    8,
  )
  const names = left.map(({ from }) => from)
  expect(names).toContain('file dump.rdb')
  expect(names.some((from) => from.includes('.aof'))).toBe(true)
  expect(names.some((from) => from.startsWith('key {snapferry}:events:'))).toBe(true)
  const found = left.flatMap(({ from, bytes }) =>
    findSecrets(bytes, secrets).map(
      (one) => `${one.secret} as ${one.form} in ${from.replace(/mig_\w+/, '{id}')}`,
    ),
  )
  expect([...new Set(found)]).toEqual([])
})
