import type { RequestRecord } from '@snapferry/emulator'
import { type Evidence, isDone, madeThings, ownerOfThing, type Row } from './evidence.ts'
import { isUnanswered } from './judge-recovery.ts'

const CREATES = new Set(['CreateSnapshot', 'ExportSnapshot', 'ImportSnapshot'])

/** What struck beside what was asked: fewer is an error, else a quiet run would look like a good one. */
export function judgeFaults(e: Evidence): readonly Row[] {
  const { told, requests } = e
  const { asked, struck, minutes } = told
  const calls = requests.filter(({ at }) => at >= told.stormFrom && at <= told.stormTo)
  const creates = calls.filter(({ operation, method }) => method === 'POST' && CREATES.has(operation))
  const exports = creates.filter((one) => one.operation === 'ExportSnapshot' && isDone(one))
  return [
    count('SIGKILLs of workers', struck.workerKills, asked.killsPerMinute * minutes),
    count('SIGKILLs of the API', struck.apiKills, asked.apiKills),
    count('pairs of SIGSTOP and SIGCONT', struck.freezes, asked.freezesPerMinute * minutes),
    count('SIGKILLs of Redis', struck.redisKills, asked.redisKills),
    count('SIGKILLs of the provider', struck.providerKills, asked.providerKills),
    share(
      'calls answered 429, 5xx or not at all',
      calls.filter(isSpoiled).length,
      calls.length,
      asked.spoiledShare,
    ),
    share(
      'POSTs done but not answered',
      creates.filter(isUnanswered).length,
      creates.length,
      asked.unansweredShare,
    ),
    share(
      'exports that left 0 bytes',
      exports.filter(({ fault }) => fault === 'export-leaves-placeholder').length,
      exports.length,
      asked.emptyExportShare,
    ),
    lateLists(e, calls),
  ]
}

/** A setting of the provider. Whom it met is told: few look for a snapshot right after it was made. */
function lateLists(e: Evidence, calls: readonly RequestRecord[]): Row {
  const { listLagMs } = e.told
  const lists = calls.filter((one) => one.operation === 'ListSnapshots' && isDone(one))
  const madeAt = new Map(calls.flatMap(({ at, madeIds }) => madeIds.map((id) => [id, at] as const)))
  const met = madeThings(e).filter((thing) => {
    const from = madeAt.get(thing.id)
    const owner = ownerOfThing(thing)
    if (thing.kind !== 'snapshot' || from === undefined || owner === null) return false
    return lists.some(
      ({ at, api, zone, path }) =>
        at >= from &&
        at < from + listLagMs &&
        api === thing.api &&
        zone === thing.place &&
        decodeURIComponent(path).includes(owner.migration),
    )
  })
  return {
    name: 'lists show new snapshots late',
    found: `by ${(listLagMs / 1_000).toFixed(1)} s; ${met.length} of what is left were looked for meanwhile`,
    limit: 'a setting',
    isSetting: true,
    good: listLagMs > 0,
    finds: listLagMs > 0 ? [] : ['lists were never late'],
  }
}

function isSpoiled({ status }: RequestRecord): boolean {
  return typeof status === 'string' || status === 429 || status >= 500
}

function count(name: string, got: number, least: number): Row {
  const wanted = Math.floor(least)
  const finds = got >= wanted ? [] : [`${name}: ${got}, fewer than the ${wanted} that were asked for`]
  return { name, found: String(got), limit: `>= ${wanted}`, good: finds.length === 0, finds }
}

function share(name: string, part: number, whole: number, least: number): Row {
  const got = whole === 0 ? 0 : part / whole
  const percent = (value: number) => `${(value * 100).toFixed(1)} %`
  const good = got >= least
  const finds = good ? [] : [`${name}: ${percent(got)}, less than the ${percent(least)} that were asked for`]
  return { name, found: `${percent(got)} (${part} of ${whole})`, limit: `>= ${percent(least)}`, good, finds }
}
