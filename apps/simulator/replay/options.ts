import { bad, good, type Result } from '@snapferry/migration'

/** What the command line asked for. */
export type Options =
  | { readonly does: 'help' }
  | { readonly does: 'show'; readonly file: string }
  | { readonly does: 'check'; readonly files: readonly string[] }
  | { readonly does: 'record'; readonly names: readonly string[]; readonly all: boolean }

/** How the program is used. */
export const USAGE = `pnpm replay <bundle.json>            step through one migration, decided once more with today's code
pnpm replay --check <bundle.json>…   print only where today's code would decide otherwise; exit 1 if it would
pnpm replay --record [--all] [name]…  write fixtures/bundles anew: those that differ, all, or these
pnpm replay --help

A bundle comes from GET /v1/migrations/{id}/bundle. On a terminal: → or n next, ← or p back, Home and End,
d next difference, q quit. Elsewhere every step is printed. Exit codes: 0 good, 1 it differs, 2 not usable.`

const FLAGS = ['--check', '--record', '--all']

/** Reads the arguments, or says in one sentence what is wrong with them. */
export function optionsOf(args: readonly string[]): Result<Options, string> {
  if (args.includes('--help') || args.includes('-h')) return good({ does: 'help' })
  const flags = args.filter((arg) => arg.startsWith('-'))
  const unknown = flags.find((flag) => !FLAGS.includes(flag))
  if (unknown !== undefined) return bad(`There is no option ${unknown}.`)
  const files = args.filter((arg) => !arg.startsWith('-'))
  const [file] = files
  if (flags.includes('--record')) {
    if (flags.includes('--check')) return bad('Either --check or --record.')
    return good({ does: 'record', names: files, all: flags.includes('--all') })
  }
  if (flags.includes('--all')) return bad('--all goes with --record.')
  if (file === undefined) return bad('Name the file of a bundle.')
  if (flags.length > 0) return good({ does: 'check', files })
  return files.length === 1
    ? good({ does: 'show', file })
    : bad('One bundle is shown at a time; --check takes many.')
}
