import { chmod, mkdir, rename, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { type FoundTool, findTool, firstOnPath, type ToolName } from './tool-finder.ts'

/** The programs that tests start by these names. */
const NEEDED: Record<string, ToolName> = { 'redis-server': 'redis', 'qemu-img': 'qemu-img' }

/**
 * Makes sure the tests find redis-server and qemu-img: what PATH lacks is found elsewhere and gets a one-line wrapper
 * in `dataDir/bin`. Answers that folder, or null when PATH has both.
 */
export async function provideTestTools(dataDir: string, env: NodeJS.ProcessEnv): Promise<string | null> {
  const bin = join(dataDir, 'bin')
  let wrapped = false
  for (const [name, tool] of Object.entries(NEEDED)) {
    if ((await firstOnPath([name], env)) !== null) continue
    const found = await findTool(tool, dataDir, env, { say: (line) => console.error(line) })
    await writeWrapper(join(bin, name), found)
    wrapped = true
  }
  return wrapped ? bin : null
}

/** `exec` keeps the process id, so a test that stops the wrapper stops the program. */
async function writeWrapper(path: string, { path: program, env }: FoundTool): Promise<void> {
  const libraries = env === undefined ? '' : `LD_LIBRARY_PATH=${quoted(env.LD_LIBRARY_PATH)} `
  await mkdir(join(path, '..'), { recursive: true })
  const making = `${path}.${process.pid}`
  await writeFile(making, `#!/bin/sh\n${libraries}exec ${quoted(program)} "$@"\n`)
  await chmod(making, 0o755)
  await rename(making, path)
}

/** One word for a shell, whatever is in it. */
function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`
}

if (import.meta.main) {
  try {
    console.log((await provideTestTools(resolve(process.argv[2] ?? '.snapferry'), process.env)) ?? '')
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    process.exitCode = 1
  }
}
