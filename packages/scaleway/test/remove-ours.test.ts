import {
  copyTag,
  type Item,
  type Owner,
  type Plan,
  type Region,
  takenTag,
  wipTag,
} from '@snapferry/migration'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import * as frontDoor from '../src/index.ts'
import { carriesOurMark, isOurKey } from '../src/mark.ts'
import { always, open } from './opened.ts'
import {
  blockSnapshot,
  ID,
  instanceSnapshot,
  MIGRATION,
  OWNER,
  REGION,
  snapshotItem,
  WIP,
} from './wire-things.ts'

const TAKEN = `snapferry:snapshot=default.${MIGRATION}`
const COPY = `snapferry:copy=default.${MIGRATION}`
const OTHER = 'mig_zzzzzzzzzzzzzzzzzzzzzzzzzz'

/** tags, what the ledger calls it, whether it may be deleted. */
const TABLE: [readonly string[], 'copy' | 'taken-snapshot', boolean][] = [
  [[WIP], 'copy', true],
  [[WIP], 'taken-snapshot', true],
  [['env=prod', WIP, 'x'], 'copy', true],
  [[TAKEN], 'taken-snapshot', true],
  [[TAKEN], 'copy', false],
  [[], 'copy', false],
  [['env=prod'], 'taken-snapshot', false],
  [[WIP, COPY], 'copy', false],
  [[COPY], 'copy', false],
  [[TAKEN, COPY], 'taken-snapshot', false],
  [[WIP, `snapferry:copy=other.${OTHER}`], 'copy', false],
  [[`snapferry:wip=default.${MIGRATION}.2`], 'copy', false],
  [[`snapferry:wip=default.${MIGRATION}.31`], 'copy', false],
  [[`snapferry:wip=default.${MIGRATION}.`], 'copy', false],
  [[`snapferry:wip=default.${MIGRATION}`], 'copy', false],
  [[`snapferry:wip=other.${MIGRATION}.3`], 'copy', false],
  [[`snapferry:wip=default.${OTHER}.3`], 'copy', false],
  [[WIP.toUpperCase()], 'copy', false],
  [[` ${WIP}`], 'copy', false],
  [[`snapferry:snapshot=other.${MIGRATION}`], 'taken-snapshot', false],
  [[`snapferry:source=${ID}`], 'taken-snapshot', false],
]

describe.each(['instance', 'block'] as const)('removing a snapshot of ours from the %s API', (backend) => {
  const shown = (tags: readonly string[]) =>
    backend === 'instance'
      ? { status: 200, body: { snapshot: instanceSnapshot({ tags }) } }
      : { status: 200, body: blockSnapshot({ tags }) }

  test.each(TABLE)('with tags %j, in the ledger as %s: deleted is %s', async (tags, what, isDeleted) => {
    const { provider, server } = await open()
    server.react = ({ method }) => (method === 'GET' ? shown(tags) : { status: 204 })
    const removal = await provider
      .writesFor(always)
      [backend].removeOurs(snapshotItem({ what, backend }), OWNER)
    expect(removal).toEqual({ ok: true, value: isDeleted ? 'gone' : 'not-ours' })
    expect(server.arrived.map(({ method }) => method)).toEqual(isDeleted ? ['GET', 'DELETE'] : ['GET'])
    expect(server.arrived.every(({ path }) => path.endsWith(`/snapshots/${ID}`))).toBe(true)
  })

  test('what is not there is gone, without a delete', async () => {
    const { provider, server } = await open()
    server.react = () => ({ status: 404, body: { type: 'not_found', message: 'resource is not found' } })
    const removal = await provider.writesFor(always)[backend].removeOurs(snapshotItem({ backend }), OWNER)
    expect(removal).toEqual({ ok: true, value: 'gone' })
    expect(server.arrived).toHaveLength(1)
  })

  test.each([404, 410])('what vanishes before the delete (%i) is gone', async (status) => {
    const { provider, server } = await open()
    server.react = ({ method }) => (method === 'GET' ? shown([WIP]) : { status })
    const removal = await provider.writesFor(always)[backend].removeOurs(snapshotItem({ backend }), OWNER)
    expect(removal).toEqual({ ok: true, value: 'gone' })
  })

  test('what is in use is a failure that heals', async () => {
    const { provider, server } = await open()
    server.react = ({ method }) =>
      method === 'GET'
        ? shown([WIP])
        : { status: 412, body: { type: 'precondition_failed', precondition: 'resource_still_in_use' } }
    const removal = await provider.writesFor(always)[backend].removeOurs(snapshotItem({ backend }), OWNER)
    expect(removal).toMatchObject({ ok: false, failure: { kind: 'in-use', nothing: true } })
  })

  test('a failing look is its failure, and nothing is deleted', async () => {
    const { provider, server } = await open()
    server.react = () => ({ status: 503 })
    const removal = await provider.writesFor(always)[backend].removeOurs(snapshotItem({ backend }), OWNER)
    expect(removal).toMatchObject({ ok: false, failure: { kind: 'unavailable', nothing: true } })
    expect(server.arrived.map(({ method }) => method)).toEqual(['GET'])
  })

  test('a thing of another kind or backend is not touched, not even looked at', async () => {
    const { provider, server } = await open()
    const other = backend === 'instance' ? 'block' : 'instance'
    const image: Item = {
      thing: { what: 'image', id: ID, region: REGION, bucket: 'acme-staging' },
      round: 3,
      at: 0,
      state: 'disowned',
    }
    const writes = provider.writesFor(always)[backend]
    expect(await writes.removeOurs(snapshotItem({ backend: other }), OWNER)).toEqual({
      ok: true,
      value: 'not-ours',
    })
    expect(await writes.removeOurs(image, OWNER)).toEqual({ ok: true, value: 'not-ours' })
    expect(server.arrived).toHaveLength(0)
  })
})

describe('our marks', () => {
  const plan = {
    install: 'default',
    prefix: 'snapferry',
    image: { keep: { kind: 'never' } },
  } as unknown as Plan
  const m = { plan, id: MIGRATION }

  test('are the tags that the domain writes', () => {
    const taken = snapshotItem({ what: 'taken-snapshot' })
    expect(carriesOurMark([wipTag(m, 3)], snapshotItem(), OWNER)).toBe(true)
    expect(carriesOurMark([takenTag(m)], taken, OWNER)).toBe(true)
    expect(carriesOurMark([wipTag(m, 3), copyTag(m)], snapshotItem(), OWNER)).toBe(false)
  })

  test('no foreign tags, whatever they are, make a snapshot ours', () => {
    const foreign = fc.oneof(
      fc.string(),
      fc.string().map((rest) => `snapferry:${rest}`),
      fc.string({ minLength: 1 }).map((rest) => `${WIP}${rest}`),
    )
    fc.assert(
      fc.property(fc.array(foreign), (tags) => {
        fc.pre(!tags.includes(WIP))
        expect(carriesOurMark(tags, snapshotItem(), OWNER)).toBe(false)
      }),
    )
  })

  test.each([
    [`snapferry/default/work/${MIGRATION}/1.qcow2`, true],
    [`snapferry/default/keep/${MIGRATION}/12.qcow2`, true],
    [`snapferry/default/work/${MIGRATION}/`, false],
    [`snapferry/default/work/${MIGRATION}`, false],
    [`snapferry/default/work/${MIGRATION}2/1.qcow2`, false],
    [`snapferry/default/work/${OTHER}/1.qcow2`, false],
    [`snapferry/other/work/${MIGRATION}/1.qcow2`, false],
    [`snapferry/default/cold/${MIGRATION}/1.qcow2`, false],
    [`other/snapferry/default/work/${MIGRATION}/1.qcow2`, false],
    [`/snapferry/default/work/${MIGRATION}/1.qcow2`, false],
    [`snapferry/default/work/${MIGRATION}/../../../../backup.qcow2`, false],
    [`snapferry/default/work/${MIGRATION}/..`, false],
    [`snapferry/default/work/${MIGRATION}/a/b`, false],
    ['backup.qcow2', false],
    ['', false],
  ])('the key %j is ours: %s', (key, isOurs) => {
    expect(isOurKey(key, OWNER)).toBe(isOurs)
  })
})

describe('removing an image of ours', () => {
  const item = (id: string, region: Region = REGION): Item => ({
    thing: { what: 'image', id, region, bucket: 'acme-staging' },
    round: 1,
    at: 0,
    state: 'disowned',
  })
  const OURS = `snapferry/default/work/${MIGRATION}/1.qcow2`
  const head = {
    status: 200,
    headers: { etag: '"e"', 'content-type': 'application/x-qemu-disk' },
    body: 'bytes',
  }

  test('looks at it, then deletes it', async () => {
    const { provider, server } = await open()
    server.react = ({ method }) => (method === 'HEAD' ? head : { status: 204 })
    expect(await provider.writesFor(always).images.removeOurs(item(OURS), OWNER)).toEqual({
      ok: true,
      value: 'gone',
    })
    expect(server.arrived.map(({ method, path }) => `${method} ${path}`)).toEqual([
      `HEAD /acme-staging/${OURS}`,
      `DELETE /acme-staging/${OURS}`,
    ])
  })

  test('what is not there is gone, without a delete marker in a bucket with versions', async () => {
    const { provider, server } = await open()
    server.react = () => ({ status: 404 })
    expect(await provider.writesFor(always).images.removeOurs(item(OURS), OWNER)).toEqual({
      ok: true,
      value: 'gone',
    })
    expect(server.arrived.map(({ method }) => method)).toEqual(['HEAD', 'GET'])
  })

  test('a foreign key is not touched, not even looked at', async () => {
    const { provider, server } = await open()
    const foreign: Owner = { ...OWNER, install: 'other' }
    expect(await provider.writesFor(always).images.removeOurs(item(OURS), foreign)).toEqual({
      ok: true,
      value: 'not-ours',
    })
    expect(await provider.writesFor(always).images.removeOurs(item('backup.qcow2'), OWNER)).toEqual({
      ok: true,
      value: 'not-ours',
    })
    expect(server.arrived).toHaveLength(0)
  })

  test('needs the permission of the send guard', async () => {
    const { provider, server } = await open()
    server.react = () => head
    const removal = await provider.writesFor(() => false).images.removeOurs(item(OURS), OWNER)
    expect(removal).toMatchObject({ ok: false, failure: { kind: 'stopped', nothing: true } })
    expect(server.arrived.map(({ method }) => method)).toEqual(['HEAD'])
  })

  test('a refused delete is a failure with the words of the provider', async () => {
    const { provider, server } = await open()
    const denied = '<Error><Code>AccessDenied</Code><Message>Access Denied.</Message></Error>'
    server.react = ({ method }) =>
      method === 'HEAD' ? head : { status: 403, body: denied, headers: { 'x-amz-request-id': 'txg7' } }
    expect(await provider.writesFor(always).images.removeOurs(item(OURS), OWNER)).toMatchObject({
      failure: {
        kind: 'forbidden',
        words: 'AccessDenied: Access Denied.',
        requestId: 'txg7',
        call: 's3 DeleteObject',
      },
    })
  })
})

test('a snapshot handed over as an image is not touched', async () => {
  const { provider, server } = await open()
  expect(await provider.writesFor(always).images.removeOurs(snapshotItem(), OWNER)).toEqual({
    ok: true,
    value: 'not-ours',
  })
  expect(server.arrived).toHaveLength(0)
})

test('nothing that deletes leaves this package but removeOurs', async () => {
  expect(Object.keys(frontDoor).sort()).toEqual([
    'NotLocalError',
    'SCALEWAY_ENV',
    'credentialSourceOf',
    'openProvider',
    'readAccess',
    'readMode',
    'tailOf',
    'watchCredentials',
  ])
  const { provider } = await open()
  const writes = provider.writesFor(always)
  const methods = [
    ...Object.keys(writes.instance),
    ...Object.keys(writes.block),
    ...Object.keys(writes.images),
  ]
  expect([...new Set(methods)].sort()).toEqual([
    'removeOurs',
    'retag',
    'startExport',
    'startImport',
    'takeSnapshot',
  ])
  expect(Object.keys(provider).sort()).toEqual([
    'archiveAt',
    'close',
    'inspector',
    'looks',
    'projectId',
    'sweep',
    'use',
    'writesFor',
  ])
  expect(Object.keys(provider.inspector).sort()).toEqual(['bucket', 'list'])
})
