/** Each way in which an image can be unfit for the importer; exactly one is named per refusal. */
export type Rule =
  | 'empty'
  | 'not-qcow2'
  | 'encrypted'
  | 'unsupported-compression'
  | 'backing-chain'
  | 'external-data-file'
  | 'corrupt'
  | 'dirty'
  | 'unknown-feature'
  | 'extended-l2'
  | 'too-small'
  | 'too-large'
  | 'not-multiple-of-512'
  | 'truncated'

/** The provider's own sentences for the three refusals that its import documentation spells out. */
export const PROVIDER_WORDS = {
  encrypted: 'The provided QCOW2 file is encrypted',
  'unsupported-compression': 'The provided QCOW2 has an unsupported compression type',
  'backing-chain': 'The provided QCOW2 file has a backing chain',
} as const satisfies Partial<Record<Rule, string>>

/** The provider's exact words for a rule, or null where its documentation names none. */
export function wordsFor(rule: Rule): string | null {
  switch (rule) {
    case 'encrypted':
    case 'unsupported-compression':
    case 'backing-chain':
      return PROVIDER_WORDS[rule]
    default:
      return null
  }
}

const REWRITE = 'rewrite it with "qemu-img convert -O qcow2"'

/** What the rule is, where in the image it is broken, and what the image's owner can do about it. */
export function sentenceOf(rule: Rule, place: string): string {
  return `${rule}: ${place}; ${FIX[rule]}`
}

const FIX: Record<Rule, string> = {
  empty: 'export the snapshot again: a 0-byte object is only the placeholder of an export',
  'not-qcow2': 'convert the disk with "qemu-img convert -O qcow2" and upload the result',
  encrypted: `give the key once and ${REWRITE}, without encryption`,
  'unsupported-compression': `${REWRITE} -o compression_type=zlib`,
  'backing-chain': `${REWRITE}, which merges the backing file into the image`,
  'external-data-file': `${REWRITE}, which brings the data into the image`,
  corrupt: 'repair it with "qemu-img check -r all", or export the snapshot again',
  dirty: 'settle it with "qemu-img check -r all", or export the snapshot again',
  'unknown-feature': `${REWRITE} with a released version of QEMU`,
  'extended-l2': `${REWRITE} -o extended_l2=off`,
  'too-small': 'grow the disk to 1 GB or more with "qemu-img resize"',
  'too-large': 'the provider carries at most 1 TB per disk; shrink the disk or split it',
  'not-multiple-of-512': 'grow the disk to the next multiple of 512 bytes with "qemu-img resize"',
  truncated: 'upload the image again, whole, or export the snapshot again',
}
