/** The steps of a journey, and the undoing; `any` stands for the service as a whole. */
export const STEPS = ['snapshot', 'export', 'inspect', 'import', 'verify', 'tidy', 'unwind', 'any'] as const
/** A step of the matrix. */
export type Step = (typeof STEPS)[number]

const JOURNEY = ['snapshot', 'export', 'inspect', 'import', 'verify', 'tidy', 'unwind'] as const
const WRITES = ['snapshot', 'export', 'import', 'tidy', 'unwind'] as const
const WORK = ['snapshot', 'export', 'import'] as const
const IMAGE = ['export', 'inspect'] as const
const SERVICE = ['any'] as const
const EVERYWHERE = [...JOURNEY, ...SERVICE] as const

/**
 * What can go wrong, and at which steps that can be. Inspect and verify write nothing, so no write of theirs can be
 * lost; only a snapshot, an export and an import are work that takes its time; only an export leaves an image, and only
 * inspect reads one. Object Storage shows what was written at once: only snapshots are shown late.
 */
export const FAULTS = {
  'killed before the call': JOURNEY,
  'killed after the call': JOURNEY,
  'killed after the save': JOURNEY,
  'frozen and taken over': JOURNEY,
  'two workers at once': JOURNEY,
  drained: JOURNEY,
  'tick run twice': JOURNEY,
  'write delivered twice': WRITES,
  'write done late': WRITES,

  '400': JOURNEY,
  '401': JOURNEY,
  '403': JOURNEY,
  '403 quota': WRITES,
  '404': JOURNEY,
  '409': JOURNEY,
  '412': JOURNEY,
  '423': JOURNEY,
  '429': JOURNEY,
  '500': JOURNEY,
  '502': JOURNEY,
  '504': JOURNEY,
  'time-out (not done)': JOURNEY,
  'time-out (but done)': WRITES,
  'connection refused': JOURNEY,
  'connection reset': JOURNEY,
  'wrong JSON': JOURNEY,
  HTML: JOURNEY,
  'shown late': ['snapshot', 'import'],

  'state never changes': WORK,
  'state unknown': WORK,
  'state error': WORK,
  'state invalid_data': ['import'],
  'gone meanwhile': ['snapshot', 'export', 'import', 'verify'],
  'object missing': IMAGE,
  'object empty': IMAGE,
  'object truncated': IMAGE,
  'object HTML': ['inspect'],
  'object wrong size': ['inspect', 'verify'],
  'object ZSTD': IMAGE,
  'object backing file': ['inspect'],

  cancel: JOURNEY,
  'redis answers 1 s late': JOURNEY,
  'redis answers 60 s late': JOURNEY,
  'append sent again': JOURNEY,
  'redis restarted': EVERYWHERE,
  'redis failover': EVERYWHERE,
  'redis rewound': EVERYWHERE,
  'redis full': SERVICE,
  'clock 1 h ahead': JOURNEY,
  'clock 1 h behind': JOURNEY,
  'daylight saving': SERVICE,
} as const satisfies Readonly<Record<string, readonly Step[]>>

/** A fault of the matrix. */
export type Fault = keyof typeof FAULTS

/** What a test says in `task.meta.faults`: it met this fault at this step, and that is how it ended. */
export interface ProvenCell {
  readonly step: Step
  readonly fault: Fault
  /** A few words, such as `succeeded, one good copy`. */
  readonly outcome: string
}

/** Every fault, in the order of the document. */
export const FAULT_NAMES = Object.keys(FAULTS) as readonly Fault[]

/** Whether this fault can happen at this step. */
export function isCell(step: Step, fault: Fault): boolean {
  return (FAULTS[fault] as readonly Step[]).includes(step)
}
