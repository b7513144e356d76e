import { Type } from 'typebox'

/** The id of a migration: `mig_` and 26 characters of `[a-z0-9]`. */
export const MigrationIdText = Type.String({
  pattern: '^mig_[a-z0-9]{26}$',
  description: 'The id of a migration.',
  examples: ['mig_0k3v9x2m7q4t8w1y5z6a2b3c4d'],
})

/** A UUID in lower case, as the provider writes its ids. The form is judged with the meaning, so that it has one code. */
export const Uuid = Type.String({
  minLength: 1,
  maxLength: 100,
  description: 'An id of the provider: a UUID in lower case.',
  examples: ['1b2c3d4e-5f60-4718-8a9b-0c1d2e3f4a5b'],
})

/** The name of an availability zone. Whether it exists is checked against the list of zones, not by this form. */
export const ZoneName = Type.String({
  minLength: 1,
  maxLength: 20,
  description: 'An availability zone of Scaleway.',
  examples: ['fr-par-1'],
})

/** A moment as RFC 3339 in UTC with milliseconds. */
export const Time = Type.String({
  pattern: '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}\\.\\d{3}Z$',
  description: 'A moment: RFC 3339, UTC.',
  examples: ['2026-11-23T18:30:00.000Z'],
})

/** A size in bytes. */
export const SizeBytes = Type.Integer({
  minimum: 0,
  maximum: Number.MAX_SAFE_INTEGER,
  description: 'A size in bytes.',
  examples: [10_000_000_000],
})

/** A bucket's name by the rules of S3. */
export const BucketName = Type.String({
  pattern: '^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$',
  description:
    'The name of a bucket: 3 to 63 lower-case letters, digits, dots and hyphens, with a letter or digit at both ends.',
  examples: ['acme-staging'],
})

/** The storage a copy lives on: `l_ssd` is local (Instance API), `sbs` is Block Storage. */
export const CopyTypeName = Type.Enum(['l_ssd', 'sbs'], {
  description: 'The storage a copy lives on: l_ssd is local, sbs is Block Storage.',
})

/** How long the image stays after success: not at all, for ever, or a number of days such as `P7D`. */
export const KeepText = Type.String({
  minLength: 1,
  maxLength: 20,
  description: 'How long the image stays in the bucket after success: never, always, or days such as P7D.',
  examples: ['never', 'P7D'],
})

/** The caller's own words: at most 50, never sent to the provider. */
export const Labels = Type.Unsafe<Record<string, string>>({
  type: 'object',
  maxProperties: 50,
  propertyNames: {
    pattern: '^[A-Za-z0-9._/-]{1,63}$',
    description: '1 to 63 letters, digits, dots, underscores, slashes and hyphens.',
  },
  additionalProperties: { type: 'string', maxLength: 256 },
  description: 'Your own words for this migration, at most 50; they are never sent to the provider.',
  examples: [{ ticket: 'OPS-114' }],
})

/** Tags of the copy. The API refuses those of `snapferry:` on its own account. */
export const Tags = Type.Array(Type.String({ minLength: 1, maxLength: 512 }), {
  maxItems: 100,
  description: "The copy's tags; those that begin with snapferry: are ours and refused.",
  examples: [['prod', 'db']],
})

/** How far forward in the line for a budget: each step is worth a quarter of an hour of waiting. */
export const Priority = Type.Integer({
  minimum: 0,
  maximum: 9,
  description:
    'How far forward it stands in the line for a budget. Each step is worth a quarter of an hour of waiting, so nobody waits for ever.',
  examples: [5],
})
