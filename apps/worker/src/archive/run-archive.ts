import { readFileSync } from 'node:fs'
import { type Config, readConfig } from '../config.ts'
import { type Desk, openDesk } from './desk.ts'
import { ARCHIVE_EXIT, type ArchiveExit } from './exit.ts'
import { exportArchive } from './export-command.ts'
import { importArchive } from './import-command.ts'
import { listArchive } from './list-command.ts'
import { type ArchiveOptions, BadArguments, type OptionName, readOptions } from './options.ts'
import { rebuildCopies } from './rebuild-command.ts'
import { verifyArchive } from './verify-command.ts'

/** One command. */
interface Command {
  readonly takes: readonly OptionName[]
  /** Whether it writes to the archive; only then may a write leave for the provider. */
  readonly writes: boolean
  run(desk: Desk, options: ArchiveOptions): Promise<ArchiveExit>
}

const COMMANDS: Readonly<Record<string, Command>> = {
  export: { takes: ['day', 'to', 'anew'], writes: true, run: exportArchive },
  verify: { takes: ['through', 'from', 'head'], writes: false, run: verifyArchive },
  list: { takes: ['from'], writes: false, run: listArchive },
  import: { takes: ['through', 'from'], writes: false, run: importArchive },
  rebuild: {
    takes: ['through', 'from', 'zone', 'project', 'tags-only', 'yes'],
    writes: false,
    run: rebuildCopies,
  },
}

/** What a command is started with. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>
  say(line: string): void
  tell(line: string): void
}

/** Runs one command of the archive by its arguments and answers its exit code. Never throws. */
export async function runArchive(args: readonly string[], around: Surroundings): Promise<ArchiveExit> {
  const [name = '', ...rest] = args[0] === '--' ? args.slice(1) : args
  if (['', 'help', '--help', '-h'].includes(name) || rest.includes('--help') || rest.includes('-h')) {
    around.say(HELP)
    return name === '' ? ARCHIVE_EXIT.unfit : ARCHIVE_EXIT.done
  }
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined
  try {
    if (command === undefined)
      throw new BadArguments(
        `there is no command ${JSON.stringify(name.slice(0, 40))}: see pnpm archive --help`,
      )
    const options = readOptions(rest, command.takes)
    await using desk = openDesk(configOf(around), { ...around, mayWrite: command.writes })
    return await command.run(desk, options)
  } catch (error) {
    around.tell(`✘ ${error instanceof Error ? error.message : String(error)}`)
    return ARCHIVE_EXIT.unfit
  }
}

function configOf({ env }: Surroundings): Config {
  return readConfig(env, (path) => readFileSync(path, 'utf8'))
}

const HELP = `pnpm archive <command> [options]

  export    write the days that are missing, through yesterday
              --day <day>       through that day; today as far as it has come
              --to <folder>     copy the archive there as well; without a bucket, write it there
              --anew            begin with everything that is in Redis: the old archive is lost
  verify    read every byte of the chain and name the first day that is not as it was written
              --through <day>   look no further
              --head <sha256>   the newest part must be this one
              --from <folder>   a copy in a folder instead of the bucket
  list      show the parts
              --from <folder>
  import    put finished migrations, their events and the audit back into Redis; nothing newer is overwritten
              --through <day>   only so far; needed when the chain is broken after it
              --from <folder>
  rebuild   show the catalogue of copies, built anew of Redis, the archive and the tags at the provider
              --yes             write it
              --tags-only       without the archive
              --zone <zone>     ask this zone only; may be repeated
              --project <id>    ask this project; may be repeated; default that of the key
              --through <day>, --from <folder>

The settings are those of the worker (see .env.example). A day is 2026-11-24, in UTC.
Exit codes: 0 done, 1 the archive is not as it should be or not all could be seen, 2 it could not run.`
