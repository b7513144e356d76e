import { execFile } from 'node:child_process'

/** What a finished command left: its exit code (127 when it could not be started) and its words. */
export interface Ran {
  readonly code: number
  readonly out: string
  readonly err: string
}

/** Runs one command to its end. Tests pass their own, so that no decision depends on the machine they run on. */
export type CommandRunner = (
  command: string,
  args: readonly string[],
  where: { readonly env: NodeJS.ProcessEnv; readonly cwd?: string },
) => Promise<Ran>

/** The longest that any package command may take, milliseconds. */
const COMMAND_MS_MAX = 300_000

/** Runs a command of this machine; never throws. */
export const runCommand: CommandRunner = (command, args, where) => run(command, args, where)

/** Runs commands until the signal aborts: then the one that runs is ended, and none is started any more. */
export function commandsUntil(signal: AbortSignal): CommandRunner {
  return (command, args, where) => run(command, args, { ...where, signal })
}

function run(
  command: string,
  args: readonly string[],
  where: { readonly env: NodeJS.ProcessEnv; readonly cwd?: string; readonly signal?: AbortSignal },
): Promise<Ran> {
  if (where.signal?.aborted === true) return Promise.resolve({ code: 127, out: '', err: 'stopped' })
  return new Promise((resolve) => {
    const options = { ...where, timeout: COMMAND_MS_MAX, maxBuffer: 16 * 1024 * 1024 }
    execFile(command, args, options, (error, out, err) => {
      if (error === null) return resolve({ code: 0, out, err })
      const code = typeof error.code === 'number' ? error.code : 127
      resolve({ code, out, err: err || error.message })
    })
  })
}
