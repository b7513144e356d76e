import { parseArgs } from 'node:util'
import { type Day, isDay, isKnownZone, type Zone } from '@snapferry/migration'

/** What every command may be told; a command says which of it is for it. */
export interface ArchiveOptions {
  readonly day?: Day
  readonly through?: Day
  readonly from?: string
  readonly to?: string
  readonly head?: string
  readonly zones?: readonly Zone[]
  readonly projects?: readonly string[]
  readonly anew?: true
  readonly yes?: true
  readonly tagsOnly?: true
}

/** The names of options, as they are written. */
export type OptionName =
  | 'day'
  | 'through'
  | 'from'
  | 'to'
  | 'head'
  | 'zone'
  | 'project'
  | 'anew'
  | 'yes'
  | 'tags-only'

const KINDS = {
  day: { type: 'string' },
  through: { type: 'string' },
  from: { type: 'string' },
  to: { type: 'string' },
  head: { type: 'string' },
  zone: { type: 'string', multiple: true },
  project: { type: 'string', multiple: true },
  anew: { type: 'boolean' },
  yes: { type: 'boolean' },
  'tags-only': { type: 'boolean' },
} as const satisfies Record<OptionName, object>

/** Arguments that nobody can act on: a sentence. */
export class BadArguments extends Error {
  override readonly name = 'BadArguments'
}

/** Reads the options of a command that takes these; throws `BadArguments`. */
export function readOptions(args: readonly string[], takes: readonly OptionName[]): ArchiveOptions {
  const options = Object.fromEntries(takes.map((name) => [name, KINDS[name]]))
  const { values } = parsedOf(args, options)
  const text = (name: OptionName): string | undefined => {
    const value = values[name]
    if (value === '') throw new BadArguments(`--${name} is empty`)
    return typeof value === 'string' ? value : undefined
  }
  const many = (name: OptionName): readonly string[] => {
    const value = values[name]
    return Array.isArray(value) ? value.map(String) : []
  }
  const head = text('head')
  if (head !== undefined && !/^[0-9a-f]{64}$/.test(head))
    throw new BadArguments('--head takes the 64 hex digits that verify and export print')
  return defined({
    day: dayFor('day', text('day')),
    through: dayFor('through', text('through')),
    from: text('from'),
    to: text('to'),
    head,
    zones: many('zone').length === 0 ? undefined : many('zone').map(zoneFor),
    projects: many('project').length === 0 ? undefined : many('project'),
    anew: values['anew'] === true ? true : undefined,
    yes: values['yes'] === true ? true : undefined,
    tagsOnly: values['tags-only'] === true ? true : undefined,
  })
}

function parsedOf(args: readonly string[], options: Record<string, { type: 'string' | 'boolean' }>) {
  try {
    return parseArgs({ args: [...args], options, strict: true, allowPositionals: false })
  } catch (error) {
    throw new BadArguments(error instanceof Error ? (error.message.split('. ')[0] ?? '') : String(error))
  }
}

function dayFor(name: string, text: string | undefined): Day | undefined {
  if (text === undefined || isDay(text)) return text
  throw new BadArguments(`--${name} takes a day such as 2026-11-24, not ${JSON.stringify(text.slice(0, 40))}`)
}

function zoneFor(text: string): Zone {
  if (isKnownZone(text)) return text
  throw new BadArguments(`--zone takes a zone such as fr-par-1, not ${JSON.stringify(text.slice(0, 40))}`)
}

function defined(
  values: { readonly [Name in keyof ArchiveOptions]: ArchiveOptions[Name] | undefined },
): ArchiveOptions {
  return Object.fromEntries(
    Object.entries(values).filter(([, value]) => value !== undefined),
  ) as ArchiveOptions
}
