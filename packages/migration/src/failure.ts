import type { CloudFailure } from './cloud-failure.ts'

/** What went wrong, as a person reads it. Nobody decides by `text` or `words`: the kind decides. */
export interface Failure {
  readonly kind: FailureKind
  /** Our sentence about this case. */
  readonly text: string
  /** The provider's words, at most 500 characters, or null when it said nothing. */
  readonly words: string | null
  readonly requestId: string | null
  /** The provider call that failed, or null when a judgement of ours did. */
  readonly call: string | null
}

/** What a failure's kind makes happen. */
export interface Advice {
  /** Attempts a phase may spend on it; 1 = no second try. */
  readonly attempts: number
  /** What happens when they are spent (or at once, with 1): undo everything, or wait for a person. */
  readonly spent: 'unwind' | 'park'
  /** Who can do something about it. */
  readonly tell: 'caller' | 'operator' | 'support'
  /** The first thing to do, one sentence. */
  readonly fix: string
}

const caller = (fix: string): Advice => ({ attempts: 1, spent: 'unwind', tell: 'caller', fix })
const parks = (attempts: number, fix: string): Advice => ({ attempts, spent: 'park', tell: 'operator', fix })
const retried = (attempts: number, fix: string): Advice => ({
  attempts,
  spent: 'unwind',
  tell: 'support',
  fix,
})

/** Every kind of failure; docs/failures.md has one section for each, in this order. */
export const CATALOGUE = {
  // The source
  'source-missing': caller('Check the id and the zone: nothing with this id is there.'),
  'source-forbidden': caller('Use an id of your own organisation, or give the key the right to read it.'),
  'source-gone': caller('The source vanished before its image was complete; migrate another snapshot.'),
  'source-error': caller('The provider has the source in state error; migrate another snapshot.'),
  'source-locked': caller(
    'The source is locked by the provider; ask its support, then send the request again.',
  ),
  'source-too-small': caller('The provider exchanges disks from 1 GB; this one is smaller.'),
  'source-too-large': caller('The provider exchanges disks up to 1 TB; this one is larger.'),
  'snapshot-error': retried(3, 'The provider could not take the snapshot; try again, then ask its support.'),
  // The places
  'same-zone': caller('Choose another zone, or another copy.project.'),
  'zone-lacks-type': caller('Choose a target zone that has this storage type, or another copy.type.'),
  'bucket-missing': caller('Create the bucket in the region of both zones, or name another one.'),
  'bucket-elsewhere': caller('Name a bucket of the region of the two zones.'),
  'bucket-foreign': caller('Name a bucket of the project that owns the source.'),
  'bucket-forbidden': caller('Allow this key to read, write and list the bucket (mind bucket policies).'),
  // The image
  'object-missing': caller('Check bucket and key: nothing lies there.'),
  'object-frozen': caller('Restore the object from GLACIER first, then send the request again.'),
  'image-refused': caller(
    'Convert the image: qemu-img convert -O qcow2 -o compression_type=zlib in.img out.qcow2.',
  ),
  'image-changed': caller(
    'The image in the bucket changed while it was imported; leave it alone and send the request again.',
  ),
  'size-refused': caller(
    'Ask for a size that is at least the virtual size of the disk and a multiple of 512.',
  ),
  'export-refused': caller('Read the words of the provider; the export was refused and nothing was made.'),
  'export-left-nothing': retried(
    3,
    'The provider ended the export without an image; try again, then ask its support.',
  ),
  'export-bad-image': retried(
    3,
    'The exported image is damaged; try again, then ask the support of the provider.',
  ),
  // The copy
  'import-refused': caller('Read the words of the provider; the import was refused and nothing was made.'),
  'import-error': retried(3, 'The provider could not import the image; try again, then ask its support.'),
  'import-invalid-data': retried(
    2,
    'The provider says the data of the image is invalid; try again, then ask its support.',
  ),
  'copy-vanished': retried(3, 'The copy was deleted while it was made; find out by whom.'),
  'copy-too-small': retried(
    2,
    'The copy is smaller than its source and was removed; ask the support of the provider.',
  ),
  'copy-too-large': parks(1, 'The copy is larger than planned; look at it, then retry or cancel.'),
  'copy-misplaced': parks(
    1,
    'The copy is in another project or of another type than planned; look at it, then retry or cancel.',
  ),
  locked: parks(1, 'The provider locked it; ask its support, then retry or cancel.'),
  // The account and the provider
  'credentials-refused': parks(3, 'Renew the API key, then retry.'),
  'permission-denied': parks(5, 'Give the key the permission named in the words, then retry.'),
  'quota-exceeded': parks(3, 'Raise the quota or remove something, then retry.'),
  'provider-unavailable': parks(8, 'Wait until the provider is well again, then retry.'),
  stalled: parks(
    1,
    'The provider has not moved for longer than the limit; look there, then retry or cancel.',
  ),
  // Ourselves
  'too-many-events': parks(1, 'This migration went round in circles; read its events, then retry or cancel.'),
  defect: parks(1, 'This is an error of Snapferry; report it with the events, then retry or cancel.'),
} as const satisfies Record<string, Advice>

/** A kind of failure: a key of the catalogue. */
export type FailureKind = keyof typeof CATALOGUE

/** What a failure's kind makes happen. */
export function adviceFor(kind: FailureKind): Advice {
  return CATALOGUE[kind]
}

/** The role the thing plays that a call was about: the same 404 means another thing for each. */
export type Role = 'source' | 'bucket' | 'image' | 'export' | 'taken-snapshot' | 'import' | 'copy'

/** Whether a failure of a call is a matter of time alone: it costs waiting, never an attempt. */
export function isTransient(failure: CloudFailure): boolean {
  return TRANSIENT.has(failure.kind)
}

const TRANSIENT = new Set<CloudFailure['kind']>([
  'throttled',
  'unavailable',
  'no-answer',
  'unreadable',
  'busy',
  'in-use',
  'stopped',
  'observing',
])

const MISSING: Record<Role, FailureKind> = {
  source: 'source-missing',
  bucket: 'bucket-missing',
  image: 'object-missing',
  export: 'bucket-missing',
  'taken-snapshot': 'source-missing',
  import: 'import-refused',
  copy: 'copy-vanished',
}
const FORBIDDEN: Record<Role, FailureKind> = {
  source: 'source-forbidden',
  bucket: 'bucket-forbidden',
  image: 'bucket-forbidden',
  export: 'bucket-forbidden',
  'taken-snapshot': 'permission-denied',
  import: 'permission-denied',
  copy: 'permission-denied',
}
const REFUSED: Record<Role, FailureKind> = {
  source: 'source-missing',
  bucket: 'bucket-forbidden',
  image: 'image-refused',
  export: 'export-refused',
  'taken-snapshot': 'snapshot-error',
  import: 'import-refused',
  copy: 'import-refused',
}

/** Turns a failed call into a kind, by the role the thing plays. Only for failures that are not transient. */
export function kindOf(failure: CloudFailure, role: Role): FailureKind {
  switch (failure.kind) {
    case 'credentials':
      return 'credentials-refused'
    case 'quota':
      return 'quota-exceeded'
    case 'locked':
      return role === 'source' ? 'source-locked' : 'locked'
    case 'frozen':
      return 'object-frozen'
    case 'missing':
      return MISSING[role]
    case 'forbidden':
      return FORBIDDEN[role]
    case 'refused':
      return REFUSED[role]
    case 'throttled':
    case 'unavailable':
    case 'no-answer':
    case 'unreadable':
    case 'busy':
    case 'in-use':
    case 'stopped':
    case 'observing':
      return 'provider-unavailable'
  }
}

/** The failure of a call, with the provider's words and request id, in the role the thing plays. */
export function failureOfCall(failure: CloudFailure, role: Role): Failure {
  const kind = kindOf(failure, role)
  return {
    kind,
    text: adviceFor(kind).fix,
    words: failure.words || null,
    requestId: failure.requestId,
    call: failure.call,
  }
}

/** A failure that we found by looking, without words of the provider unless given. */
export function found(kind: FailureKind, text: string, words: string | null = null): Failure {
  return { kind, text, words, requestId: null, call: null }
}
