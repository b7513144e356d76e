import { mkdirSync, writeFileSync } from 'node:fs'
import { BUNDLES, fileOf, isRecorded } from './fixtures.ts'
import { load } from './load.ts'
import { differenceLines } from './pages.ts'
import { STORIES } from './stories/stories.ts'
import { bundleText, missingIn, tellStory } from './tell-story.ts'

/**
 * Records the stories that are missing, or that today's code decides otherwise; `names` and `all` record them anyway.
 * A story that does not tell what it must is not written: it throws.
 */
export async function recordStories(
  { names, all }: { readonly names: readonly string[]; readonly all: boolean },
  say: (line: string) => void,
): Promise<void> {
  const unknown = names.find((name) => !Object.hasOwn(STORIES, name))
  if (unknown !== undefined) throw new Error(`There is no story ${unknown}.`)
  mkdirSync(BUNDLES, { recursive: true })
  for (const [name, story] of Object.entries(STORIES)) {
    if (names.length > 0 && !names.includes(name)) continue
    if (names.length === 0 && !all && isRecorded(name) && !isOutOfDate(name)) continue
    const bundle = await tellStory(story)
    const missing = missingIn(story, bundle)
    if (missing.length > 0) throw new Error(`${name}: ${missing.join('; ')}`)
    writeFileSync(fileOf(name), bundleText(bundle))
    say(`${name}: ${bundle.events.length} events`)
  }
}

function isOutOfDate(name: string): boolean {
  const loaded = load(fileOf(name))
  return !loaded.ok || differenceLines(loaded.value).length > 0
}
