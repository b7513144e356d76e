import { spawn } from 'node:child_process'
import { join } from 'node:path'

/** Sees to it that nobody is left behind when this process is killed. */
export interface Guardian {
  born(pid: number): void
  gone(pid: number): void
  /** Everything was ended in order: there is nothing to guard any more. Resolves when it has left. */
  done(): Promise<void>
}

/** Starts the guardian of a run folder, a process of its own in a group of its own. */
export function openGuardian(folder: string): Guardian {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'guardian-process.ts'), folder], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
    env: { PATH: process.env['PATH'] ?? '' },
  })
  child.unref()
  const left = new Promise<void>((resolve) => {
    child.once('exit', () => resolve())
    child.once('error', () => resolve())
  })
  // It may have been killed by somebody: then there is no guardian, and the sandbox runs all the same.
  child.stdin.on('error', () => undefined)
  const tell = (line: string): void => void child.stdin.write(`${line}\n`)
  return {
    born: (pid) => tell(`born ${pid}`),
    gone: (pid) => tell(`gone ${pid}`),
    done: async () => {
      child.ref()
      child.stdin.end('done\n')
      await left
    },
  }
}
