import type { Sabotage } from './options.ts'

/** A fault to arm at the emulated provider, once for each of its two APIs where that applies. */
export interface ArmedFault {
  readonly match: { readonly operation: string }
  readonly times: number | 'forever'
  readonly fault: Readonly<Record<string, unknown>>
}

/** What each sabotage does at the provider. */
export const FAULTS: Record<Sabotage, ArmedFault> = {
  'empty-image': {
    match: { operation: 'ExportSnapshot' },
    times: 'forever',
    fault: { kind: 'export-leaves-placeholder' },
  },
  'truncated-image': {
    match: { operation: 'ExportSnapshot' },
    times: 'forever',
    fault: { kind: 'export-truncated', bytes: 40_000_000 },
  },
  'zeroed-copy': {
    match: { operation: 'ImportSnapshot' },
    times: 'forever',
    fault: { kind: 'import-zeroed-copy' },
  },
  'wrong-size': {
    match: { operation: 'ImportSnapshot' },
    times: 'forever',
    fault: { kind: 'import-wrong-size', bytes: 9_000_000_000 },
  },
  'lost-answer': {
    match: { operation: 'ImportSnapshot' },
    times: 2,
    fault: { kind: 'act-then-lose-answer' },
  },
}

/** What a sabotage must lead to: the words by which its finding is known, or null when all must go well. */
export const EXPECTED: Record<Sabotage, string | null> = {
  'empty-image': 'export-left-nothing',
  'truncated-image': 'export-bad-image',
  'zeroed-copy': 'the content of the copy differs',
  'wrong-size': 'copy-too-small',
  'lost-answer': null,
}
