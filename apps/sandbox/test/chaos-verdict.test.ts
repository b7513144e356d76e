import type { EventView, MigrationView } from '@snapferry/contracts'
import type { CensusEntry, RequestRecord } from '@snapferry/emulator'
import { describe, expect, test } from 'vitest'
import type { Evidence, Told } from '../chaos/evidence.ts'
import { isGood, judge, verdictText } from '../chaos/verdict.ts'

const ID = `mig_${'a'.repeat(26)}`
const OTHER = `mig_${'b'.repeat(26)}`
const SOURCE = '11111111-1111-4111-8111-111111111111'
const COPY = '22222222-2222-4222-8222-222222222222'
const NOON = Date.parse('2026-11-23T12:00:00.000Z')

const asked: Told['asked'] = {
  killsPerMinute: 40,
  freezesPerMinute: 20,
  apiKills: 1,
  redisKills: 1,
  providerKills: 1,
  spoiledShare: 0.05,
  unansweredShare: 0.02,
  emptyExportShare: 0.01,
}

const told: Told = {
  acceptedFile: '',
  adminUrl: '',
  installations: [{ name: 'default', apiUrl: '' }],
  migrations: 1,
  minutes: 1,
  stormFrom: NOON - 60_000,
  stormTo: NOON,
  listLagMs: 5_000,
  asked,
  struck: { workerKills: 41, apiKills: 1, freezes: 20, redisKills: 1, providerKills: 1 },
  deaths: [
    { worker: 'w', at: NOON, migrations: [ID], recoveredMs: 14_000, nobodyMs: 0, missing: [], handedOn: 0 },
  ],
  deathRows: [{ migration: ID, deaths: 2, tookMs: 39_000, nobodyMs: 4_000 }],
  witnessed: true,
  rewound: null,
}

const view: MigrationView = {
  id: ID,
  state: 'succeeded',
  done: true,
  attempt: 1,
  attemptsMax: 3,
  createTime: '2026-11-23T11:59:00.000Z',
  plan: { source: { snapshot: SOURCE }, from: 'fr-par-1', to: 'fr-par-2', copy: {}, labels: {}, priority: 0 },
  copy: { id: COPY, zone: 'fr-par-2', size: 1_000_000_000 },
  leftovers: [],
}

const entry: CensusEntry = {
  kind: 'snapshot',
  api: 'block',
  place: 'fr-par-2',
  id: COPY,
  name: 'disk-0',
  bucket: null,
  project: null,
  tags: ['prod', `snapferry:copy=default.${ID}`],
  state: 'available',
  sizeBytes: 1_000_000_000,
  bytes: 200_000,
  createdAt: '2026-11-23T11:59:30.000Z',
  madeBy: { by: 'call', accessKey: 'SCW', userAgent: 'snapferry', request: 2 },
  changed: null,
  missing: false,
  digest: 'd1',
}
const source: CensusEntry = {
  ...entry,
  id: SOURCE,
  place: 'fr-par-1',
  tags: ['prod'],
  madeBy: { by: 'seed' },
  changed: false,
}

const request: RequestRecord = {
  n: 1,
  at: NOON - 30_000,
  api: 'block',
  operation: 'ExportSnapshot',
  zone: 'fr-par-1',
  region: null,
  resourceId: SOURCE,
  bucket: null,
  key: null,
  method: 'POST',
  path: `/block/v1/zones/fr-par-1/snapshots/${SOURCE}/export-to-object-storage`,
  status: 200,
  fault: 'export-leaves-placeholder',
  accessKey: 'SCW',
  userAgent: 'snapferry',
  requestId: 'r',
  madeIds: [],
}
const imported: RequestRecord = {
  ...request,
  n: 2,
  operation: 'ImportSnapshot',
  resourceId: null,
  status: 'lost',
  fault: 'act-then-timeout',
  madeIds: [COPY],
}
const marked: RequestRecord = {
  ...request,
  n: 3,
  operation: 'PatchSnapshot',
  method: 'PATCH',
  resourceId: COPY,
  fault: null,
}

const event = (number: number, secondsLater: number, more: Partial<EventView>): EventView => ({
  number,
  time: new Date(imported.at + secondsLater * 1_000).toISOString(),
  type: 'settled',
  text: '',
  ...more,
})
const history: readonly EventView[] = [
  event(1, -1, { type: 'intended', phase: 'import', intent: 'import.3.1' }),
  event(2, 31, {
    intent: 'import.3.1',
    outcome: 'adopted',
    things: [{ what: 'copy', id: COPY, zone: 'fr-par-2' }],
  }),
]

const good: Evidence = {
  told,
  accepted: [{ id: ID, installation: 'default', answeredAt: NOON - 50_000 }],
  views: new Map([[ID, view]]),
  events: new Map([[ID, history]]),
  census: [source, entry],
  requests: [request, imported, marked],
  imageDigests: new Map(),
}

const rowOf = (evidence: Evidence, name: string) =>
  judge(evidence)
    .flatMap(({ rows }) => rows)
    .find((row) => row.name.startsWith(name))

test('a run in which all is as it must be is good, and every zero is seen', () => {
  const parts = judge(good)

  expect(isGood(parts), verdictText(parts)).toBe(true)
  expect(verdictText(parts)).toMatch(/✔ second copies +0 +0/)
  expect(verdictText(parts)).not.toContain('✘')
})

test('time by the clock comes first, the limit counts what a worker lived', () => {
  const [death] = told.deaths
  const deaths = [{ ...death!, recoveredMs: 19_000, nobodyMs: 7_000 }]
  const row = rowOf({ ...good, told: { ...told, deaths } }, 'longest recovery after SIGKILL')
  expect(row?.found).toMatch(/^26\.0 s by the clock, 19\.0 s with a worker alive/)
  expect(row?.good).toBe(true)
  expect(rowOf(good, 'longest recovery when the next')?.found).toMatch(
    /^43\.0 s by the clock; at worst 39\.0 s/,
  )
})

test('late lists are a setting without a tick, and tell whose look came too early', () => {
  const look: RequestRecord = {
    ...request,
    n: 4,
    operation: 'ListSnapshots',
    method: 'GET',
    zone: 'fr-par-2',
    resourceId: null,
    path: `/block/v1/zones/fr-par-2/snapshots?tags=snapferry%3Awip%3Ddefault.${ID}`,
    fault: null,
  }
  const found = (at: number) =>
    rowOf({ ...good, requests: [...good.requests, { ...look, at }] }, 'lists show new snapshots late')?.found
  expect(found(imported.at + 4_999)).toContain('; 1 of what is left')
  expect(found(imported.at + 5_000)).toContain('; 0 of what is left')
  expect(verdictText(judge(good))).toMatch(/· lists show new snapshots late/)
})

describe('the auditor names', () => {
  const second = { ...entry, id: 'second', madeBy: { ...entry.madeBy, request: 4 } } as CensusEntry
  const image: CensusEntry = {
    ...entry,
    kind: 'object',
    api: 's3',
    place: 'fr-par',
    id: 'hash',
    name: `snapferry/default/work/${ID}/1.qcow2`,
    bucket: 'staging',
    tags: [],
  }
  const viewed = (more: Partial<MigrationView>) => ({ ...good, views: new Map([[ID, { ...view, ...more }]]) })
  const seen = (...census: CensusEntry[]) => ({ ...good, census })
  const logged = (...requests: RequestRecord[]) => ({ ...good, requests: [...good.requests, ...requests] })
  const retold = (more: Partial<Told>) => ({ ...good, told: { ...told, ...more } })
  const struck = (more: Partial<Told['struck']>) => retold({ struck: { ...told.struck, ...more } })
  const remove = {
    ...request,
    operation: 'DeleteSnapshot',
    method: 'DELETE',
    fault: null,
    status: 204,
  } as const
  const rows: readonly { what: string; row: string; says: string; evidence: Evidence }[] = [
    {
      what: 'an id that has not ended',
      row: 'accepted = ended',
      says: `${ID}: running in export`,
      evidence: viewed({ state: 'running', done: false, phase: 'export' }),
    },
    {
      what: 'an id that the API does not know',
      row: 'accepted = ended',
      says: `${ID}: the API knows no such migration`,
      evidence: { ...good, views: new Map([[ID, null]]) },
    },
    {
      what: 'orders that were not accepted',
      row: 'accepted = ended',
      says: 'only 1 of 2',
      evidence: retold({ migrations: 2 }),
    },
    {
      what: 'a second copy',
      row: 'second copies',
      says: 'second in fr-par-2',
      evidence: { ...logged({ ...imported, n: 4, madeIds: ['second'] }), census: [source, entry, second] },
    },
    {
      what: 'a second copy that a killed provider did not log',
      row: 'second copies',
      says: 'second in fr-par-2',
      evidence: seen(source, entry, second),
    },
    {
      what: 'a success without a copy',
      row: 'succeeded without its copy',
      says: `${ID} has succeeded and there is no copy`,
      evidence: seen(source),
    },
    {
      what: 'a copy with another content',
      row: 'copies or kept images whose content differs',
      says: `copy ${COPY} has d2, its source d1`,
      evidence: seen(source, { ...entry, digest: 'd2' }),
    },
    {
      what: 'a copy whose source cannot be compared',
      row: 'copies or kept images whose content differs',
      says: 'its source null',
      evidence: seen(entry),
    },
    {
      what: 'an image that nobody lists',
      row: 'unlisted leftovers',
      says: `object snapferry/default/work/${ID}/1.qcow2 in fr-par of ${ID}`,
      evidence: seen(source, entry, image),
    },
    {
      what: 'the copy of a cancelled migration',
      row: 'unlisted leftovers',
      says: `snapshot ${COPY} in fr-par-2 of ${ID} (cancelled)`,
      evidence: viewed({ state: 'cancelled' }),
    },
    {
      what: 'a thing of nobody',
      row: 'unlisted leftovers',
      says: 'of nobody',
      evidence: seen(source, entry, { ...entry, id: 'x', tags: ['prod'] }),
    },
    {
      what: 'a foreign thing that was changed',
      row: 'foreign things touched',
      says: 'is changed',
      evidence: seen({ ...source, changed: true }, entry),
    },
    {
      what: 'a foreign thing that is gone',
      row: 'foreign things touched',
      says: 'is gone',
      evidence: seen({ ...source, missing: true }, entry),
    },
    {
      what: 'a write to a foreign thing, whatever came of it',
      row: 'foreign things touched',
      says: 'request 9: DeleteSnapshot',
      evidence: logged({ ...remove, n: 9, resourceId: SOURCE, status: 403 }),
    },
    {
      what: 'a good copy that was removed',
      row: 'good copies removed',
      says: 'was marked by request 3 and removed by request 9',
      evidence: logged({ ...remove, n: 9, resourceId: COPY }),
    },
    {
      what: 'a recovery that took too long',
      row: 'longest recovery after SIGKILL',
      says: `20.1 s for ${ID}`,
      evidence: retold({ deaths: [{ ...told.deaths[0]!, recoveredMs: 20_100 }] }),
    },
    {
      what: 'a row of deaths that took longer than as many single ones may',
      row: 'longest recovery when the next was killed too',
      says: `${ID}: 40.1 s after 2 deaths in a row`,
      evidence: retold({ deathRows: [{ migration: ID, deaths: 2, tookMs: 40_100, nobodyMs: 0 }] }),
    },
    {
      what: 'a migration that nobody read again',
      row: 'longest recovery after SIGKILL',
      says: `never read again: ${ID}`,
      evidence: retold({ deaths: [{ ...told.deaths[0]!, recoveredMs: null, missing: [ID] }] }),
    },
    {
      what: 'a recovery that nobody could see',
      row: 'longest recovery after SIGKILL',
      says: 'nothing was measured',
      evidence: retold({ witnessed: false, deaths: [] }),
    },
    {
      what: 'a create without an answer that was settled late',
      row: 'longest create without an answer',
      says: 'settled after 66.0 s',
      evidence: {
        ...good,
        events: new Map([[ID, [history[0]!, { ...history[1]!, time: event(2, 66, {}).time }]]]),
      },
    },
    {
      what: 'a create without an answer that was never settled',
      row: 'longest create without an answer',
      says: 'never settled',
      evidence: { ...good, events: new Map([[ID, history.slice(0, 1)]]) },
    },
    {
      what: 'too few kills',
      row: 'SIGKILLs of workers',
      says: '39, fewer than the 40',
      evidence: struck({ workerKills: 39 }),
    },
    {
      what: 'too few freezes',
      row: 'pairs of SIGSTOP',
      says: '19, fewer than the 20',
      evidence: struck({ freezes: 19 }),
    },
    {
      what: 'no kill of Redis',
      row: 'SIGKILLs of Redis',
      says: '0, fewer',
      evidence: struck({ redisKills: 0 }),
    },
    {
      what: 'no kill of the provider',
      row: 'SIGKILLs of the provider',
      says: '0, fewer',
      evidence: struck({ providerKills: 0 }),
    },
    {
      what: 'answers that were too good',
      row: 'calls answered 429',
      says: '4.0 %, less than the 5.0 %',
      evidence: logged(...Array.from({ length: 22 }, (_, n) => ({ ...marked, n: 20 + n }))),
    },
    {
      what: 'creates that were all answered',
      row: 'POSTs done but not answered',
      says: '0.0 %, less',
      evidence: { ...good, requests: [request, { ...imported, status: 200, fault: null }] },
    },
    {
      what: 'exports that all left an image',
      row: 'exports that left 0 bytes',
      says: '0.0 %, less',
      evidence: { ...good, requests: [{ ...request, fault: null }, imported] },
    },
    {
      what: 'lists that were never late',
      row: 'lists show new snapshots late',
      says: 'never late',
      evidence: retold({ listLagMs: 0 }),
    },
  ]

  test.each(rows)('$what', ({ row, says, evidence }) => {
    const judged = rowOf(evidence, row)

    expect(judged?.good).toBe(false)
    expect(judged?.finds.join('\n')).toContain(says)
    expect(isGood(judge(evidence))).toBe(false)
    expect(verdictText(judge(evidence))).toContain(`✘ ${judged?.name}`)
  })
})

describe('of two installations', () => {
  const two: Evidence = {
    ...good,
    told: { ...told, installations: ['a', 'b'].map((name) => ({ name, apiUrl: '' })) },
    accepted: [{ id: ID, installation: 'a', answeredAt: NOON }],
    requests: good.requests.map((one) => ({ ...one, userAgent: 'snapferry install/a' })),
    census: [source, { ...entry, tags: [`snapferry:copy=a.${ID}`] }],
  }
  const by = (name: string, more: Partial<RequestRecord>): Evidence => ({
    ...two,
    requests: [...two.requests, { ...marked, n: 9, userAgent: `snapferry install/${name}`, ...more }],
  })

  test('each writes to its own things only', () => {
    expect(rowOf(two, "the other installation's touched")?.finds).toEqual([])
    expect(rowOf(by('a', {}), "the other installation's touched")?.good).toBe(true)
  })

  test.each([
    { what: 'a write to a snapshot', evidence: by('b', {}), says: 'PatchSnapshot by b' },
    {
      what: 'a write to a key',
      evidence: by('b', { resourceId: null, key: `snapferry/a/work/${ID}/1.qcow2` }),
      says: 'of a',
    },
    {
      what: 'a write of who knows whom',
      evidence: by('b', { userAgent: 'snapferry', resourceId: null }),
      says: 'by null',
    },
    {
      what: 'an adoption',
      evidence: {
        ...two,
        accepted: [{ id: OTHER, installation: 'b', answeredAt: NOON }],
        events: new Map([[OTHER, history]]),
      },
      says: `${OTHER} of b adopted ${COPY} of a`,
    },
  ])('$what of the other is named', ({ evidence, says }) => {
    expect(rowOf(evidence, "the other installation's touched")?.finds.join('\n')).toContain(says)
  })
})

describe('after Redis was put back', () => {
  const rewound: Evidence = {
    ...good,
    told: { ...told, rewound: { copiedAt: NOON - 55_000, backAt: NOON - 10_000 } },
    views: new Map([[ID, null]]),
    events: new Map(),
  }

  test('what was accepted after the copy is forgotten, and its things are no leftovers', () => {
    expect(isGood(judge(rewound)), verdictText(judge(rewound))).toBe(true)
    expect(rowOf(rewound, 'orphans of forgotten')?.found).toBe('1 things of 1')
  })

  test('what was accepted before the copy may not be forgotten', () => {
    const before = [{ id: ID, installation: 'default', answeredAt: NOON - 56_000 }]

    expect(rowOf({ ...rewound, accepted: before }, 'accepted = ended')?.good).toBe(false)
  })

  test('a write to what was forgotten is named', () => {
    const requests = [...rewound.requests, { ...marked, n: 9, at: NOON - 5_000 }]

    expect(rowOf({ ...rewound, requests }, 'orphans touched')?.finds).toHaveLength(1)
  })
})
