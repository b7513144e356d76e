import { copyTag, type Migration, type Succeeded, takenTag, wipPrefix } from '@snapferry/migration'
import type { Row } from '../cloud/things.ts'
import type { Note } from '../story/note.ts'
import { short } from '../story/story.ts'
import type { World } from '../world.ts'
import { deadlineMs } from './deadline.ts'
import { unkept } from './of-history.ts'
import { unlisted } from './unlisted.ts'

/** At an ending there is exactly one good copy or none, nothing of ours is unlisted, and it came in time. */
export function checkEnding(world: World, note: Note, m: Migration): void {
  const { story, time } = world
  const fail = (what: string): void => story.fail(`${short(m.id)} ${m.state}: ${what}`)
  if (m.state === 'succeeded') checkCopy(world, note, m, fail)
  for (const what of unlisted(world, note, m)) fail(what)
  const row = world.memory.rows.get(m.id)
  for (const what of row === undefined ? [] : unkept(row)) fail(what)
  const creates = world.cloud.creates.get(m.id) ?? 0
  if (creates > CREATES_MAX) fail(`${creates} creates`)
  const lastedMs = time.now - note.createdAt
  if (lastedMs > deadlineMs(world, note)) fail(`it ended after ${Math.round(lastedMs / 3_600_000)} h`)
}

const CREATES_MAX = 60

function checkCopy(world: World, note: Note, m: Succeeded, fail: (what: string) => void): void {
  const { cloud } = world
  const { plan, facts } = m
  const row = facts.copy === undefined ? undefined : cloud.rows.get(facts.copy)
  if (row === undefined || !cloud.exists(row)) {
    if (!note.meddled.has('copy')) fail('its copy is not there')
    return
  }
  const wanted = contentOf(world, note, m)
  // What an outsider takes away while it is read, the provider must notice; nobody else can.
  if (row.content !== wanted && !note.meddled.has('image'))
    fail(`the copy holds ${row.content} instead of ${wanted}`)
  if (row.ending !== 'good') fail(`the copy is ${row.ending}`)
  if (row.zone !== plan.to || row.project !== plan.copy.project) fail('the copy is in another place')
  if (row.sizeBytes !== plan.copy.sizeBytes) fail(`the copy has ${row.sizeBytes} bytes`)
  const left = m.ledger.find(({ thing }) => thing.id === row.id)?.state === 'left'
  if (!left && !isMarked(row, copyTag(m), wipPrefix(m))) fail('the copy does not carry its mark')
  const taken = plan.takenSnapshot.keep ? cloud.rows.get(facts.snapshot ?? '') : undefined
  const isThere = taken !== undefined && cloud.exists(taken) && taken.by === m.id
  const isLeft = m.ledger.find(({ thing }) => thing.id === taken?.id)?.state === 'left'
  if (isThere && !isLeft && !isMarked(taken, takenTag(m), wipPrefix(m)))
    fail('the snapshot that is kept does not carry its mark')
}

function isMarked({ tags }: Row, mark: string, wip: string): boolean {
  return tags.includes(mark) && !tags.some((tag) => tag.startsWith(wip))
}

/** What must be on the copy: the disk of the snapshot, of the volume, or of the image as it lay there. */
function contentOf({ cloud }: World, _note: Note, { plan }: Migration): string {
  const { source } = plan
  if (source.kind === 'image') return cloud.objects.get(source.key)?.content ?? `disk of ${source.key}`
  if (source.kind === 'volume') return cloud.volumes.get(source.id)?.content ?? 'nothing'
  return cloud.rows.get(source.id)?.content ?? 'nothing'
}
