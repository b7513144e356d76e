import type { EventView, MigrationView } from '@snapferry/contracts'
import type { CensusEntry, RequestRecord } from '@snapferry/emulator'
import type { AcceptedId } from './customer.ts'
import type { Asked } from './fault-plan.ts'
import type { Death, DeathRow } from './recoveries.ts'
import type { Rewound, Struck } from './storm.ts'

/** What the driver tells the auditor: ids, addresses, and what it did itself to processes. Plain JSON. */
export interface Told {
  /** A file with a line of JSON for each id that was answered 202. */
  readonly acceptedFile: string
  readonly adminUrl: string
  readonly installations: readonly { readonly name: string; readonly apiUrl: string }[]
  /** How many ids were to be accepted at least. */
  readonly migrations: number
  /** How long processes were killed and frozen. */
  readonly minutes: number
  /** The faults of the provider, by its clock, milliseconds since 1970. */
  readonly stormFrom: number
  readonly stormTo: number
  readonly listLagMs: number
  readonly asked: Asked
  readonly struck: Struck
  readonly deaths: readonly Death[]
  readonly deathRows: readonly DeathRow[]
  /** Whether Redis' stream of commands was understood at all. */
  readonly witnessed: boolean
  readonly rewound: Rewound | null
}

/** Everything the verdict is made from. */
export interface Evidence {
  readonly told: Told
  readonly accepted: readonly AcceptedId[]
  /** By id; null: the API knows none of this id. */
  readonly views: ReadonlyMap<string, MigrationView | null>
  readonly events: ReadonlyMap<string, readonly EventView[]>
  readonly census: readonly CensusEntry[]
  readonly requests: readonly RequestRecord[]
  /** SHA-256 of the guest content of images, by `bucket/key`; null for what is no image. */
  readonly imageDigests: ReadonlyMap<string, string | null>
}

/** One line of the verdict. */
export interface Row {
  readonly name: string
  readonly found: string
  readonly limit: string
  readonly good: boolean
  /** Told, and no proof of anything: it gets no tick. */
  readonly isSetting?: true
  /** What is wrong, a sentence each. */
  readonly finds: readonly string[]
}

/** A row that must be zero, with a sentence for each one that is not. */
export function mustBeZero(name: string, finds: readonly string[]): Row {
  return { name, found: String(finds.length), limit: '0', good: finds.length === 0, finds }
}

/** Whose a thing is, by its tags or its key. */
export interface Owner {
  readonly installation: string
  readonly migration: string
}

const TAG = /^snapferry:(?:wip|copy|snapshot)=([^.]+)\.(mig_[a-z0-9]{26})(?:\.\d+)?$/
/** History, which no migration owns and nobody removes. */
const ARCHIVE = /^snapferry\/[^/]+\/archive\/\d{4}-\d{2}-\d{2}[.\d]*\.(?:json|ndjson\.gz)$/
const KEY = /^snapferry\/([^/]+)\/(?:work|keep)\/(mig_[a-z0-9]{26})\//

/** The owner of something that was made, or null when nothing on it says whose it is. */
export function ownerOfThing({
  kind,
  name,
  tags,
}: Pick<CensusEntry, 'kind' | 'name' | 'tags'>): Owner | null {
  const found =
    kind === 'object' || kind === 'upload' ? KEY.exec(name) : tags.map((tag) => TAG.exec(tag)).find(Boolean)
  const [, installation, migration] = found ?? []
  return installation === undefined || migration === undefined ? null : { installation, migration }
}

/** The owner of a key of a request. */
export function ownerOfKey(key: string | null): Owner | null {
  return key === null ? null : ownerOfThing({ kind: 'object', name: key, tags: [] })
}

/** How a record names a thing: an object by its key, everything else by its id. */
export function ledgerId({ kind, id, name }: Pick<CensusEntry, 'kind' | 'id' | 'name'>): string {
  return kind === 'object' || kind === 'upload' ? name : id
}

/** What exists and was made by a call. */
export function madeThings({ census }: Pick<Evidence, 'census'>): readonly CensusEntry[] {
  return census.filter(({ madeBy, missing, name }) => madeBy.by === 'call' && !missing && !ARCHIVE.test(name))
}

/** The copies that exist of one migration: what was made by an import, in its target zone. */
export function copiesOf(e: Evidence): ReadonlyMap<string, readonly CensusEntry[]> {
  const operations = new Map(e.requests.map(({ n, operation }) => [n, operation]))
  const copies = new Map<string, CensusEntry[]>()
  for (const thing of madeThings(e)) {
    const owner = ownerOfThing(thing)
    if (thing.kind !== 'snapshot' || owner === null || thing.madeBy.by !== 'call') continue
    const operation = operations.get(thing.madeBy.request)
    // A provider that was killed may have made a thing and not logged the call.
    const isCopy =
      operation === undefined
        ? thing.place === e.views.get(owner.migration)?.plan.to
        : operation === 'ImportSnapshot'
    if (isCopy) copies.set(owner.migration, [...(copies.get(owner.migration) ?? []), thing])
  }
  return copies
}

/** Ids that Redis may have forgotten when it was put back: the API knows them no more, and they are newer than the copy. */
export function forgotten({ told, accepted, views }: Evidence): ReadonlySet<string> {
  const { rewound } = told
  if (rewound === null) return new Set()
  const lost = accepted.filter(
    ({ id, answeredAt }) =>
      views.get(id) === null && answeredAt >= rewound.copiedAt && answeredAt <= rewound.backAt,
  )
  return new Set(lost.map(({ id }) => id))
}

/** Whether a request changes something. */
export function isWrite({ method }: Pick<RequestRecord, 'method'>): boolean {
  return method !== 'GET' && method !== 'HEAD'
}

/** Whether the provider said, or was about to say, that it did it. */
export function isDone({ status }: Pick<RequestRecord, 'status'>): boolean {
  return typeof status === 'number' && status < 300
}
