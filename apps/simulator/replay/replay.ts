import { type Loaded, load } from './load.ts'
import { optionsOf, USAGE } from './options.ts'
import { allLines, differenceLines } from './pages.ts'

/** Where the program speaks to. `step`: goes through it on a terminal; null where there is none. */
export interface Desk {
  say(line: string): void
  complain(line: string): void
  readonly step: ((loaded: Loaded) => Promise<void>) | null
  /** Records stories; throws when one does not tell what it must. */
  record(order: { readonly names: readonly string[]; readonly all: boolean }): Promise<void>
}

/** The program: 0 good, 1 today's code would decide otherwise (`--check`), 2 not usable. */
export async function runReplay(args: readonly string[], desk: Desk): Promise<0 | 1 | 2> {
  const options = optionsOf(args)
  if (!options.ok) {
    desk.complain(`${options.failure}\n\n${USAGE}`)
    return 2
  }
  switch (options.value.does) {
    case 'help':
      desk.say(USAGE)
      return 0
    case 'check':
      return check(options.value.files, desk)
    case 'record':
      return await record(options.value, desk)
    case 'show': {
      const loaded = load(options.value.file)
      if (!loaded.ok) {
        desk.complain(loaded.failure)
        return 2
      }
      if (desk.step === null) for (const line of allLines(loaded.value)) desk.say(line)
      else await desk.step(loaded.value)
      return 0
    }
  }
}

async function record(order: Parameters<Desk['record']>[0], desk: Desk): Promise<0 | 2> {
  try {
    await desk.record(order)
    return 0
  } catch (cause) {
    desk.complain(cause instanceof Error ? cause.message : String(cause))
    return 2
  }
}

function check(files: readonly string[], desk: Desk): 0 | 1 | 2 {
  let code: 0 | 1 | 2 = 0
  for (const file of files) {
    const loaded = load(file)
    if (!loaded.ok) {
      desk.complain(loaded.failure)
      code = 2
      continue
    }
    const lines = differenceLines(loaded.value)
    for (const line of lines) desk.say(line)
    if (lines.length > 0 && code === 0) code = 1
  }
  return code
}
