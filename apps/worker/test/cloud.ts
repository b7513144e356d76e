import {
  type Answer,
  type Backend,
  bad,
  type CloudFailure,
  type CloudFailureKind,
  good,
  type Looks,
  type SnapshotLooks,
  type SnapshotSeen,
  type SnapshotWrites,
  type Writes,
} from '@snapferry/migration'

/** A provider of a few rows. A test may step in before a look, before a send and after it, and lose answers. */
export interface Cloud {
  rows: SnapshotSeen[]
  /** Writes that left, and looks that were made. */
  sent: string[]
  looked: number
  beforeLook: () => Promise<void>
  /** The waits of an adapter between being called and sending. */
  beforeSend: () => Promise<void>
  afterSend: () => Promise<void>
  losesAnswers: boolean
  /** What every call is refused with, while somebody is to see to it. */
  refuses: CloudFailureKind | null
}

const nothing = async () => {}

export function openCloud(): Cloud {
  return {
    ...{ rows: [], sent: [], looked: 0, losesAnswers: false, refuses: null },
    ...{ beforeLook: nothing, beforeSend: nothing, afterSend: nothing },
  }
}

export function failureOf(kind: CloudFailureKind, isNothing: boolean): CloudFailure {
  return {
    kind,
    ...{ call: 'block ImportSnapshot', status: null, words: '', requestId: null, retryAfterMs: null },
    nothing: isNothing,
  }
}

const unasked = () => Promise.reject(new Error('nobody asks this here'))

export function looksAt(cloud: Cloud): Looks {
  const look = async <T>(answer: () => T): Answer<T> => {
    cloud.looked += 1
    await cloud.beforeLook()
    return cloud.refuses === null ? good(answer()) : bad(failureOf(cloud.refuses, true))
  }
  const snapshots = (backend: Backend): SnapshotLooks => ({
    backend,
    find: ({ id }) => look(() => cloud.rows.find((row) => row.id === id && row.backend === backend) ?? null),
    findVolume: unasked,
    tagged: ({ tag }) => look(() => cloud.rows.filter((row) => row.tags.includes(tag))),
  })
  return {
    instance: snapshots('instance'),
    block: snapshots('block'),
    images: { bucket: unasked, list: unasked, head: unasked, read: unasked },
    judge: { judge: unasked, images: unasked },
  }
}

export function writesTo(cloud: Cloud, permit: () => boolean): Writes {
  const write = async <T>(name: string, done: () => T): Answer<T> => {
    await cloud.beforeSend()
    if (!permit()) return bad(failureOf('stopped', true))
    if (cloud.refuses !== null) return bad(failureOf(cloud.refuses, true))
    cloud.sent.push(name)
    const answer = done()
    await cloud.afterSend()
    return cloud.losesAnswers ? bad(failureOf('no-answer', false)) : good(answer)
  }
  const snapshots = (backend: Backend): SnapshotWrites => ({
    takeSnapshot: unasked,
    startExport: unasked,
    startImport: ({ zone, name, project, tags, sizeBytes }) =>
      write('startImport', () => {
        const row: SnapshotSeen = {
          ...{ backend, zone, name, project, tags, sizeBytes, volume: null, type: 'sbs' },
          id: `row-${cloud.rows.length + 1}`,
          state: { kind: 'pending', word: 'creating' },
          createdAt: cloud.rows.length,
        }
        cloud.rows.push(row)
        return row
      }),
    retag: unasked,
    removeOurs: unasked,
  })
  return { instance: snapshots('instance'), block: snapshots('block'), images: { removeOurs: unasked } }
}
