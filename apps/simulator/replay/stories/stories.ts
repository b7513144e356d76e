import { ATTENDED } from './attended.ts'
import { BROKEN } from './broken-work.ts'
import { HELD } from './held.ts'
import { JOURNEYS } from './journeys.ts'
import { LOST } from './lost-answers.ts'
import type { Story } from './story.ts'

/** All stories by the name of their file: one for each journey, and one for each way in which it can go wrong. */
export const STORIES: Readonly<Record<string, Story>> = {
  ...JOURNEYS,
  ...LOST,
  ...BROKEN,
  ...ATTENDED,
  ...HELD,
}
