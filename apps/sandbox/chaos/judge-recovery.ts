import type { EventView } from '@snapferry/contracts'
import type { RequestRecord } from '@snapferry/emulator'
import type { Evidence, Row } from './evidence.ts'

/** Until a living worker has read again what a dead one had in hand, of time in which one was alive; for each death in a row. */
export const RECOVERY_MS_MAX = 20_000
/** 30 s timeout + 2 s guard + 13 s margin, after which a create without a trace was never done, and 20 s. */
export const UNANSWERED_MS_MAX = 65_000
/** An intent is recorded at most so long before its request reaches the provider. */
const INTENT_LEAD_MS = 5_000
const CLOCKS_APART_MS = 1_500

const CREATES: Readonly<Record<string, string>> = {
  CreateSnapshot: 'snapshot',
  ExportSnapshot: 'export',
  ImportSnapshot: 'import',
}

/** How long things stayed in doubt. */
export function judgeRecovery(e: Evidence): readonly Row[] {
  return [recovery(e), deathRows(e), unanswered(e)]
}

function recovery({ told }: Evidence): Row {
  const { deaths } = told
  const longest = Math.max(0, ...deaths.map(({ recoveredMs }) => recoveredMs ?? 0))
  const held = deaths.reduce((sum, { migrations }) => sum + migrations.length, 0)
  const handedOn = deaths.reduce((sum, death) => sum + death.handedOn, 0)
  const left = handedOn === 0 ? '' : `; ${handedOn} taken over by one that was killed too, see below`
  const slow = deaths.filter(({ recoveredMs }) => recoveredMs === null || recoveredMs > RECOVERY_MS_MAX)
  const finds = slow.map(({ worker, at, recoveredMs, missing, migrations }) =>
    recoveredMs === null
      ? `${worker}, killed ${new Date(at).toISOString()}: never read again: ${missing.join(', ')}`
      : `${worker}, killed ${new Date(at).toISOString()}: ${seconds(recoveredMs)} for ${migrations.join(', ')}`,
  )
  const wallMs = Math.max(0, ...deaths.map(({ recoveredMs, nobodyMs }) => (recoveredMs ?? 0) + nobodyMs))
  const blind = told.witnessed ? [] : ["Redis' stream of commands was not understood: nothing was measured"]
  return {
    name: 'longest recovery after SIGKILL',
    found: `${seconds(wallMs)} by the clock, ${seconds(longest)} with a worker alive (${deaths.length} deaths with ${held} in hand${left})`,
    limit: `<= ${RECOVERY_MS_MAX / 1_000} s with a worker alive`,
    good: finds.length === 0 && told.witnessed,
    finds: [...blind, ...finds],
  }
}

/** Each death of a row may cost as much as one alone. */
function deathRows({ told }: Evidence): Row {
  const rows = told.deathRows.toSorted((a, b) => b.tookMs / b.deaths - a.tookMs / a.deaths)
  const [worst] = rows
  const wallMs = Math.max(0, ...rows.map(({ tookMs, nobodyMs }) => tookMs + nobodyMs))
  const most =
    worst === undefined
      ? ''
      : `${seconds(wallMs)} by the clock; at worst ${seconds(worst.tookMs)} with a worker alive after ${worst.deaths} deaths `
  const finds = rows
    .filter(({ tookMs, deaths }) => tookMs > deaths * RECOVERY_MS_MAX)
    .map(
      ({ migration, tookMs, deaths }) => `${migration}: ${seconds(tookMs)} after ${deaths} deaths in a row`,
    )
  return {
    name: 'longest recovery when the next was killed too',
    found: `${most}(${rows.length} times)`,
    limit: `<= ${RECOVERY_MS_MAX / 1_000} s for each death`,
    good: finds.length === 0,
    finds,
  }
}

function unanswered(e: Evidence): Row {
  const since = e.told.rewound?.backAt ?? 0
  // A record that was put back has forgotten what it asked before.
  const asked = e.requests.filter((one) => isUnanswered(one) && one.at > since)
  const index = indexOf(e)
  const times = asked.map((one) => ({ one, ...resolution(one, index) }))
  const longest = Math.max(0, ...times.map(({ tookMs }) => tookMs ?? 0))
  const finds = times
    .filter(({ tookMs }) => tookMs === null || tookMs > UNANSWERED_MS_MAX)
    .map(({ one, migration, tookMs }) => {
      const what = `request ${one.n}: ${one.operation} for ${migration ?? 'nobody known'} (${one.fault})`
      return tookMs === null ? `${what} was never settled` : `${what} was settled after ${seconds(tookMs)}`
    })
  return {
    name: 'longest create without an answer',
    found: `${seconds(longest)} (of ${asked.length})`,
    limit: `<= ${UNANSWERED_MS_MAX / 1_000} s`,
    good: finds.length === 0,
    finds,
  }
}

/** Done, and the answer hid it. */
export function isUnanswered({ operation, method, fault, status }: RequestRecord): boolean {
  const isHidden = status === 'lost' || status === 'reset' || status === 502 || status === 200
  return method === 'POST' && operation in CREATES && (fault ?? '').startsWith('act-then-') && isHidden
}

interface Told {
  readonly migration: string
  readonly event: EventView
  readonly at: number
}

interface Index {
  /** Events that name a thing, by its id. */
  readonly naming: ReadonlyMap<string, readonly Told[]>
  /** Announcements of a phase, oldest first. */
  readonly intended: ReadonlyMap<string, readonly Told[]>
  readonly of: (migration: string) => readonly Told[]
  /** Whether a migration exports this snapshot. */
  readonly exports: (migration: string, snapshot: string) => boolean
}

function indexOf({ events, views }: Evidence): Index {
  const naming = new Map<string, Told[]>()
  const intended = new Map<string, Told[]>()
  const all = new Map<string, readonly Told[]>()
  for (const [migration, history] of events) {
    const told = history.map((event) => ({ migration, event, at: Date.parse(event.time) }))
    all.set(migration, told)
    for (const one of told) {
      for (const id of [...(one.event.things ?? []).map((thing) => thing.id), ...(one.event.ids ?? [])])
        naming.set(id, [...(naming.get(id) ?? []), one])
      if (one.event.type === 'intended')
        intended.set(one.event.phase ?? '', [...(intended.get(one.event.phase ?? '') ?? []), one])
    }
  }
  return {
    naming,
    intended,
    of: (migration) => all.get(migration) ?? [],
    exports: (migration, snapshot) => {
      const source = views.get(migration)?.plan.source
      if (source !== undefined && 'snapshot' in source) return source.snapshot === snapshot
      return (naming.get(snapshot) ?? []).some((one) => one.migration === migration)
    },
  }
}

/** When the fate of a create stood in a record: the thing is named, or its announcement is settled. */
function resolution(
  asked: RequestRecord,
  index: Index,
): { readonly migration: string | null; readonly tookMs: number | null } {
  const named = asked.madeIds.flatMap((id) => index.naming.get(id) ?? [])
  const intent = announcement(asked, index, named[0]?.migration ?? null)
  const migration = intent?.migration ?? named[0]?.migration ?? null
  const settled =
    intent === null
      ? []
      : index
          .of(intent.migration)
          .filter(({ event }) => event.type === 'settled' && event.intent === intent.event.intent)
  const times = [...named, ...settled].map(({ at }) => at - asked.at).filter((ms) => ms >= -CLOCKS_APART_MS)
  return { migration, tookMs: times.length === 0 ? null : Math.max(0, Math.min(...times)) }
}

function announcement(asked: RequestRecord, index: Index, migration: string | null): Told | null {
  const phase = CREATES[asked.operation] ?? ''
  const isNear = ({ at }: Told) => at >= asked.at - INTENT_LEAD_MS && at <= asked.at + CLOCKS_APART_MS
  const near = (index.intended.get(phase) ?? []).filter(isNear)
  const fit = near.filter((one) =>
    migration === null && phase === 'export' && asked.resourceId !== null
      ? index.exports(one.migration, asked.resourceId)
      : one.migration === migration,
  )
  return fit.toSorted((a, b) => Math.abs(a.at - asked.at) - Math.abs(b.at - asked.at))[0] ?? null
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`
}
