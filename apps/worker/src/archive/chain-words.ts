import type { Break, Day } from '@snapferry/migration'
import { dayBefore, readPartName } from '@snapferry/migration'
import type { Walked } from './read-chain.ts'

/** What to do about a kind of break. */
const FIX: Readonly<Record<Break['why'], string>> = {
  missing: 'Put the object back, from a version of the bucket or from a copy that "export --to" made.',
  altered:
    'Somebody or something changed the object after it was written. Put the one back that was written.',
  truncated: 'The object was cut. Put the whole one back.',
  'not-gzip': 'Something else lies under its name. Put back what was written.',
  reordered: 'Objects were renamed or exchanged. Give them back their names.',
  forged: 'A manifest was written by somebody else. Put the one back that was written.',
  foreign:
    'Look into the right bucket and prefix, and set SNAPFERRY_INSTALL to the installation it belongs to.',
}

/** A break in words: where, why, and what to do. */
export function breakLines({ name, why, text }: Break): readonly string[] {
  const day = readPartName(name)?.day
  return [
    `✘ broken at ${name} (${why}): ${text}.`,
    `  ${FIX[why]}`,
    ...(day === undefined
      ? []
      : [`  What is before it is whole: --through ${dayBefore(day)} goes as far as that.`]),
  ]
}

/** What a walk found, in words. */
export function walkedLines(walked: Walked, through: Day | null): readonly string[] {
  const { parts, head, unsealed, strange } = walked
  const upTo = through === null ? '' : ` through ${through}`
  return [
    ...(head === null
      ? [`no part of an archive is there${upTo}`]
      : [`${parts} parts${upTo}, the newest ${head.name}`]),
    ...(head === null ? [] : [`head ${head.sha256}`]),
    ...(unsealed === null
      ? []
      : [`${unsealed} has lines and no manifest yet: the next export goes on there.`]),
    ...strange
      .slice(0, 10)
      .map((name) => `! ${JSON.stringify(name)} is no object of an archive; it is not looked at.`),
  ]
}
