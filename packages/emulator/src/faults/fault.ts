/** Faults that answer instead of acting. `echo-credentials` repeats the caller's keys in its words; default status 400. */
export type RefusalFault =
  | { kind: 'empty-429' }
  | { kind: 'html-502' }
  | { kind: 'json-503' }
  | { kind: 'internal-500' }
  | { kind: 'quota-403' }
  | { kind: 'permissions-403' }
  | { kind: 'unauthenticated-401' }
  | { kind: 'transient-409'; state?: string }
  | { kind: 'precondition-412' }
  | { kind: 'precondition-400' }
  | { kind: 'not-found' }
  | { kind: 'echo-credentials'; status?: number }

/** Faults of the line: nothing is done and no answer is seen. */
export type LineFault = { kind: 'timeout' } | { kind: 'reset' }

/** Faults after the act: it happened, but the answer says otherwise or never comes. */
export type LostAnswerFault =
  | { kind: 'act-then-lose-answer' }
  | { kind: 'act-then-timeout' }
  | { kind: 'act-then-502' }
  | { kind: 'act-then-unreadable-200' }

/** Faults in a good answer. `delay` waits emulated time before answering, by hand too. */
export type AnswerFault =
  | { kind: 'delay'; ms: number }
  | { kind: 'unknown-state'; word: string }
  | { kind: 'extra-fields' }
  | { kind: 'missing-fields'; fields: string[] }
  | { kind: 'reordered-keys' }

/** How a picture of a disk is spoiled before it is stored. */
export type Damage =
  | 'garbage'
  | 'zstd'
  | 'encrypted'
  | 'backing'
  | 'data-file'
  | 'dirty'
  | 'corrupt'
  | 'unknown-feature'

/** Faults in what an accepted snapshot, export or import comes to. */
export type OutcomeFault =
  | { kind: 'export-leaves-nothing' }
  | { kind: 'export-leaves-placeholder' }
  | { kind: 'export-truncated'; bytes: number }
  | { kind: 'export-bad-image'; as?: Damage }
  | { kind: 'export-zstd' }
  | { kind: 'export-encrypted' }
  | { kind: 'export-backing' }
  | { kind: 'export-zeroed-image' }
  | { kind: 'export-ends-in'; state: string; details?: string }
  | { kind: 'import-ends-in'; state: string; details?: string }
  | { kind: 'import-zeroed-copy' }
  | { kind: 'import-wrong-size'; bytes: number }
  | { kind: 'stuck-exporting' }
  | { kind: 'stuck-importing' }
  | { kind: 'turn-locked' }
  | { kind: 'turn-in-use' }
  | { kind: 'not-found-after-create'; forMs?: number }

/** Everything that can go wrong on purpose. */
export type Fault = RefusalFault | LineFault | LostAnswerFault | AnswerFault | OutcomeFault

/** Every kind, with the group it acts in. The compiler keeps it whole. */
export const FAULT_GROUP: Record<Fault['kind'], 'refusal' | 'line' | 'lost-answer' | 'answer' | 'outcome'> = {
  'empty-429': 'refusal',
  'html-502': 'refusal',
  'json-503': 'refusal',
  'internal-500': 'refusal',
  'quota-403': 'refusal',
  'permissions-403': 'refusal',
  'unauthenticated-401': 'refusal',
  'transient-409': 'refusal',
  'precondition-412': 'refusal',
  'precondition-400': 'refusal',
  'not-found': 'refusal',
  'echo-credentials': 'refusal',
  timeout: 'line',
  reset: 'line',
  'act-then-lose-answer': 'lost-answer',
  'act-then-timeout': 'lost-answer',
  'act-then-502': 'lost-answer',
  'act-then-unreadable-200': 'lost-answer',
  delay: 'answer',
  'unknown-state': 'answer',
  'extra-fields': 'answer',
  'missing-fields': 'answer',
  'reordered-keys': 'answer',
  'export-leaves-nothing': 'outcome',
  'export-leaves-placeholder': 'outcome',
  'export-truncated': 'outcome',
  'export-bad-image': 'outcome',
  'export-zstd': 'outcome',
  'export-encrypted': 'outcome',
  'export-backing': 'outcome',
  'export-zeroed-image': 'outcome',
  'export-ends-in': 'outcome',
  'import-ends-in': 'outcome',
  'import-zeroed-copy': 'outcome',
  'import-wrong-size': 'outcome',
  'stuck-exporting': 'outcome',
  'stuck-importing': 'outcome',
  'turn-locked': 'outcome',
  'turn-in-use': 'outcome',
  'not-found-after-create': 'outcome',
}

/** Whether the fault changes what an accepted call comes to. */
export function isOutcome(fault: Fault): fault is OutcomeFault {
  return FAULT_GROUP[fault.kind] === 'outcome'
}

/** Whether the fault answers instead of acting. */
export function isRefusal(fault: Fault): fault is RefusalFault {
  return FAULT_GROUP[fault.kind] === 'refusal'
}
