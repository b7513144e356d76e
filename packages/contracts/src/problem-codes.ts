/** What stands behind a problem code. */
export interface ProblemRow {
  /** HTTP status. */
  readonly status: number
  /** Always the same text for the code. */
  readonly title: string
  /** The first thing to do, unless the case at hand knows better. */
  readonly fix: string
  /** Whether the same request may succeed later without a change. */
  readonly retryable: boolean
}

const row = (status: number, title: string, fix: string): ProblemRow => ({
  status,
  title,
  fix,
  retryable: false,
})
const later = (status: number, title: string, fix: string): ProblemRow => ({
  status,
  title,
  fix,
  retryable: true,
})
const finding = (title: string, fix: string): ProblemRow => row(422, title, fix)

/** Problems of HTTP itself and of who asks. */
const REQUEST = {
  malformed_json: row(400, 'The body is not JSON', 'Send one JSON object, in UTF-8.'),
  malformed_request: row(400, 'The request is not readable', 'Send a well-formed HTTP request.'),
  invalid_cursor: row(
    400,
    'The cursor is not ours',
    'Take pageToken from the page before and keep the filters.',
  ),
  invalid_filter: row(400, 'A query parameter is not valid', 'Read the parameters of this route in /docs.'),
  invalid_header: row(400, 'A header is not valid', 'Read the headers of this route in /docs.'),
  unauthenticated: row(
    401,
    'An API key is needed',
    'Send `Authorization: Bearer <key>` with a key of this installation.',
  ),
  forbidden: row(403, 'The API key may not do this', 'Use a key with the role named in the detail.'),
  no_such_route: row(404, 'There is no such route', 'Look up the path in /docs.'),
  not_found: row(404, 'There is no such migration', 'Check the id; it begins with mig_.'),
  method_not_allowed: row(405, 'The method is not allowed here', 'Use a method of the Allow header.'),
  body_too_large: row(413, 'The body is too large', 'Send at most 64 KiB.'),
  unsupported_media_type: row(
    415,
    'The content type is not supported',
    'Send Content-Type: application/json.',
  ),
  too_many_requests: later(429, 'Too many requests', 'Wait as long as Retry-After says.'),
  internal: later(500, 'Snapferry made an error', 'Try again; if it stays, report the request id.'),
  unavailable: later(503, 'The journal is out of reach', 'Try again after Retry-After; nothing was lost.'),
  not_durable: later(
    503,
    'The journal did not confirm that it kept the migration',
    'Repeat the request with the same Idempotency-Key after Retry-After: the migration is adopted, not made twice.',
  ),
  too_busy: later(503, 'The service is starting, stopping or too busy', 'Try again after Retry-After.'),
} as const satisfies Record<string, ProblemRow>

/** Problems of the state a migration is in. */
const STATE = {
  already_under_way: row(409, 'This move is already under way', 'Follow the migration named in migrationId.'),
  invalid_state: row(409, 'Not possible in this state', 'Read the migration and try what its state allows.'),
  too_late: row(
    409,
    'The copy is proven already',
    'Let it finish; delete the copy afterwards if you do not want it.',
  ),
  ended: row(409, 'The migration has ended', 'Retry makes a new one of a failed or cancelled migration.'),
  key_reused: row(
    422,
    'The Idempotency-Key was used for another request',
    'Use a new key for a new request.',
  ),
} as const satisfies Record<string, ProblemRow>

/** Findings about the form of a body. */
const FORM = {
  unknown_field: finding('The body has a field we do not know', 'Remove the field, or correct its name.'),
  missing_field: finding('The body lacks a field', 'Add the field.'),
  invalid_value: finding('A field has a value that is not valid', 'Correct the value.'),
} as const satisfies Record<string, ProblemRow>

/** Findings about what the body means. */
const MEANING = {
  unknown_zone: finding('The zone is not known', 'Name one of the zones listed in the fix of this finding.'),
  zone_missing: finding('The zone of the source is missing', 'Add from.'),
  cross_region: finding(
    'The zones are in different regions',
    'Choose a zone of the same region; other regions are not carried yet.',
  ),
  same_zone: finding('The source is there already', 'Choose another zone, or another copy.project.'),
  bad_id: finding('This is not an id of the provider', 'Give the UUID in lower case.'),
  bad_key: finding('The key does not end in .qcow2', 'Rename the object: the importer asks for this ending.'),
  bad_tag: finding(
    'The provider could not keep the tag',
    'Leave commas out and keep it within 128 characters.',
  ),
  bad_keep: finding('This is not a time to keep an image', 'Use never, always, or days such as P7D.'),
  reserved_tag: finding('The tag is reserved', 'Leave out tags that begin with snapferry:.'),
  not_applicable: finding('The field does not apply to this source', 'Remove the field.'),
  no_bucket: finding(
    'There is no staging bucket for the region',
    'Name image.bucket, or set SNAPFERRY_BUCKETS.',
  ),
} as const satisfies Record<string, ProblemRow>

/** Findings of a look at the provider. Each is the kind of a failure in its other spelling. */
const PREFLIGHT = {
  source_missing: finding('The source does not exist', 'Check the id and the zone.'),
  source_forbidden: finding(
    'The source may not be read',
    'Use an id of your own organisation, or give the key the right to read it.',
  ),
  source_gone: finding('The source vanished', 'Migrate another snapshot.'),
  source_error: finding('The source is in state error', 'Migrate another snapshot.'),
  source_locked: finding('The source is locked', 'Ask the support of the provider.'),
  source_too_small: finding('The source is too small', 'The provider exchanges disks from 1 GB.'),
  source_too_large: finding('The source is too large', 'The provider exchanges disks up to 1 TB.'),
  zone_lacks_type: finding(
    'The target zone lacks this storage',
    'Choose a zone that has it, or another copy.type.',
  ),
  bucket_missing: finding(
    'The bucket does not exist',
    'Create it in the region of both zones, or name another one.',
  ),
  bucket_elsewhere: finding(
    'The bucket is in another region',
    'Name a bucket of the region of the two zones.',
  ),
  bucket_foreign: finding(
    'The bucket is of another project',
    'Name a bucket of the project that owns the source.',
  ),
  bucket_forbidden: finding(
    'The bucket refuses this key',
    'Allow this key to read, write and list the bucket.',
  ),
  object_missing: finding('The image does not exist', 'Check bucket and key.'),
  object_frozen: finding('The image is in GLACIER', 'Restore the object, then send the request again.'),
  image_refused: finding('The image is refused', 'Convert the image to plain QCOW2 with zlib compression.'),
  image_changed: finding('The image changed', 'Leave the image alone while it is imported.'),
  check_failed: finding('A check found a reason not to start', 'Read the detail.'),
  size_refused: finding('The size is refused', 'Ask for at least the virtual size, in multiples of 512.'),
} as const satisfies Record<string, ProblemRow>

/** Problems of budgets and holds. */
const LIMITS = {
  hold_not_found: row(404, 'There is no such hold', 'Read the names of those that stand with GET /v1/holds.'),
  changed_meanwhile: row(
    412,
    'The budgets have changed meanwhile',
    'Read them again with GET /v1/budgets, make your change there, and send it with the new ETag.',
  ),
  if_match_missing: row(
    428,
    'If-Match is missing',
    'Send the ETag of GET /v1/budgets as If-Match, or * to overwrite whatever is there.',
  ),
  unknown_profile: finding('The profile is not known', 'Name one of the profiles listed in the fix.'),
  two_scopes: finding(
    'A budget is narrowed twice',
    'Name only one of zone, backend and profile; make two budgets of it.',
  ),
  duplicate: finding('The same is given twice', 'Leave one of the two out.'),
} as const satisfies Record<string, ProblemRow>

/** Problems of sweeps and of copies without a record. */
const LEFTOVERS = {
  sweep_under_way: row(
    409,
    'Another sweep is under way',
    'Wait for it: GET /v1/orphans shows it as pending. Then ask again.',
  ),
  copy_not_found: row(
    404,
    'There is no such unclaimed copy',
    'Sweep with POST /v1/orphans/sweep, then read GET /v1/orphans?kind=unclaimed.',
  ),
  copy_claimed: row(
    409,
    'The copy has its record',
    'It is in the catalogue or a migration has it: leave it.',
  ),
  copy_not_ours: row(
    409,
    'The snapshot is not marked as our copy',
    'Only a snapshot with the tag snapferry:copy= of this installation can be adopted.',
  ),
  copy_not_available: row(409, 'The copy is not available', 'Look at it in the console of the provider.'),
  provider_away: later(503, 'The provider could not be asked', 'Try again; read the detail when it stays.'),
} as const satisfies Record<string, ProblemRow>

/** Every problem code with its status, title and fix. */
export const PROBLEMS = {
  ...REQUEST,
  ...STATE,
  ...FORM,
  ...MEANING,
  ...PREFLIGHT,
  ...LIMITS,
  ...LEFTOVERS,
} as const

/** A stable code of a problem. */
export type ProblemCode = keyof typeof PROBLEMS

/** Codes of findings about a body: its form, then its meaning. */
export const BODY_CODES = codesOf({ ...FORM, ...MEANING })
/** Codes of findings of a look at the provider. */
export const CHECK_CODES = codesOf(PREFLIGHT)

function codesOf<Code extends string>(rows: Readonly<Record<Code, ProblemRow>>): readonly Code[] {
  return Object.keys(rows) as Code[]
}

/** Whether a text is a code of the table. */
export function isProblemCode(text: string): text is ProblemCode {
  return Object.hasOwn(PROBLEMS, text)
}

/** The row of a code. */
export function problemRow(code: ProblemCode): ProblemRow {
  return PROBLEMS[code]
}

/** The `type` of a problem: absolute and stable; docs/problems.md has a line for each. */
export function problemType(code: ProblemCode): string {
  return `urn:snapferry:problem:${code}`
}
