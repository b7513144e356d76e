import { type Call, principalOf } from '../http/call.ts'
import { organizationOf } from '../principals.ts'
import { brokenQuota } from '../quotas.ts'
import type { Snapshot } from '../snapshot.ts'
import { dueMs } from '../work/due.ts'
import { makeSnapshot, type NewSnapshot } from '../work/new-snapshot.ts'
import type { World } from '../world.ts'
import { type Dialect, invalidArguments, quotasExceeded } from './refusals.ts'
import { checkImage, type ImageHead } from './staging.ts'

/** An import whose body has been read. */
export interface WantedImport {
  zone: string
  bucket: string
  key: string
  name: string
  tags: string[]
  projectId: string
  sizeBytes: number | undefined
  kind: string
}

/** Checks the image and the quota, makes the copy and starts reading. */
export async function startImport(
  world: World,
  call: Call,
  dialect: Dialect,
  wanted: WantedImport,
  shape: Pick<NewSnapshot, 'state' | 'references'>,
): Promise<Snapshot> {
  const { zone, bucket, key, projectId } = wanted
  const principal = principalOf(call)
  const head = await checkImage(world, { dialect, zone, bucket, key, principal, projectId })
  const sizeBytes = sizeOf(dialect, wanted, head)
  refuseForeignType(world, dialect, wanted, head)
  requireQuota(world, dialect, { projectId, sizeBytes, snapshots: 1 })
  const bytes =
    head.object === null ? 0 : head.object.segments.reduce((sum, segment) => sum + segment.sizeBytes, 0)
  const due = dueMs(world, { api: dialect, kind: 'import', bytes, outcome: call.outcome })
  const { policyName } = principal.credential
  return makeSnapshot(world, call, {
    ...shape,
    api: dialect,
    zone,
    name: wanted.name,
    tags: wanted.tags,
    projectId,
    disk: world.disks.blank(sizeBytes),
    kind: wanted.kind,
    volume: null,
    public: false,
    work: { kind: 'import', dueMs: due, outcome: call.outcome, bucket, key, policyName },
  })
}

/** Refuses with 403 when storage or the number of snapshots would go over the organisation's quota. */
export function requireQuota(
  world: World,
  dialect: Dialect,
  wanted: { projectId: string; sizeBytes: number; snapshots: number },
): void {
  const organizationId = organizationOf(wanted.projectId, world.credentials)
  const broken = brokenQuota(world, { ...wanted, api: dialect, organizationId })
  if (broken !== null) throw quotasExceeded(dialect, broken, { organizationId, projectId: wanted.projectId })
}

/** The wished size must hold the image, and be a multiple of 512. */
function sizeOf(dialect: Dialect, wanted: WantedImport, head: ImageHead): number {
  const { sizeBytes } = wanted
  if (sizeBytes === undefined) return head.sizeBytes
  const help =
    sizeBytes % 512 !== 0
      ? 'size must be a multiple of 512'
      : sizeBytes < head.sizeBytes
        ? `size must be at least the virtual size of the image, ${head.sizeBytes}`
        : null
  if (help !== null) {
    throw invalidArguments(dialect, [{ argument_name: 'size', reason: 'constraint', help_message: help }])
  }
  return sizeBytes
}

function refuseForeignType(world: World, dialect: Dialect, wanted: WantedImport, head: ImageHead): void {
  const from = head.object?.exportedFrom ?? null
  if (!world.switches.refuseForeignType || from === null) return
  // bssd and sbs are both Block Storage; only l_ssd against them is another type.
  if ((from === 'l_ssd') === (wanted.kind === 'l_ssd')) return
  const help = `an image of a ${from} snapshot cannot be imported as ${wanted.kind}`
  throw invalidArguments(dialect, [
    { argument_name: 'volume_type', reason: 'constraint', help_message: help },
  ])
}
