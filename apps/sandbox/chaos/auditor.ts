import { readFileSync, writeFileSync } from 'node:fs'
import type { EventView, MigrationView } from '@snapferry/contracts'
import { readEvents, readMigration } from './api-client.ts'
import type { AcceptedId } from './customer.ts'
import type { Evidence, Told } from './evidence.ts'
import { openProviderDoor } from './provider-door.ts'
import { isGood, judge, verdictText } from './verdict.ts'

/**
 * The auditor, a process of its own: knows the ids that were answered 202, asks the provider for its census and its
 * request log, and the public API for endings, and says what came of it. Exit 0 when everything is as it must be,
 * 1 when not, 3 when it could not find out. Arguments: the file with what it is told, and one for the verdict as JSON.
 */
async function main(): Promise<number> {
  const [toldFile = '', verdictFile = ''] = process.argv.slice(2)
  const evidence = await gather(JSON.parse(readFileSync(toldFile, 'utf8')))
  const parts = judge(evidence)
  const states = statesOf(evidence)
  writeFileSync(verdictFile, JSON.stringify({ good: isGood(parts), states, parts }, null, 1))
  console.log(`${verdictText(parts)}\n\nEndings: ${states}`)
  return isGood(parts) ? 0 : 1
}

async function gather(told: Told): Promise<Evidence> {
  const door = openProviderDoor(told.adminUrl)
  const accepted: AcceptedId[] = readFileSync(told.acceptedFile, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line))
  const apis = new Map(told.installations.map(({ name, apiUrl }) => [name, apiUrl]))
  const views = new Map<string, MigrationView | null>()
  const events = new Map<string, readonly EventView[]>()
  for (const { id, installation } of accepted) {
    const apiUrl = apis.get(installation) ?? ''
    const view = await readMigration(apiUrl, id)
    views.set(id, view)
    if (view !== null) events.set(id, await readEvents(apiUrl, id))
  }
  const imageDigests = new Map<string, string | null>()
  for (const { bucket, key } of [...views.values()].flatMap(imagesOf))
    imageDigests.set(`${bucket}/${key}`, await door.imageDigest(bucket, key))
  const [census, requests] = await Promise.all([door.census(), door.requests()])
  return { told, accepted, views, events, census, requests, imageDigests }
}

/** The images that are compared: the source, and what was kept. */
function imagesOf(view: MigrationView | null): readonly { readonly bucket: string; readonly key: string }[] {
  if (view === null) return []
  const { source } = view.plan
  return [...('image' in source ? [source.image] : []), ...(view.image === undefined ? [] : [view.image])]
}

function statesOf({ views }: Evidence): string {
  const counts = new Map<string, number>()
  for (const view of views.values()) {
    const failure = view?.state === 'failed' ? ` (${view.failure?.kind})` : ''
    const state = view === null ? 'forgotten' : `${view.state}${failure}`
    counts.set(state, (counts.get(state) ?? 0) + 1)
  }
  return [...counts].map(([state, count]) => `${count} ${state}`).join(', ')
}

main().then(
  (code) => process.exit(code),
  (error) => {
    console.error(error instanceof Error ? (error.stack ?? error.message) : error)
    process.exit(3)
  },
)
