import { constants } from 'node:fs'
import { access, mkdir, readdir, readFile, rename, rm, stat, symlink } from 'node:fs/promises'
import { delimiter, dirname, join } from 'node:path'
import { type CommandRunner, runCommand } from './command-runner.ts'
import { unpackDebian } from './debian-unpack.ts'
import { installLine } from './install-line.ts'

/** A program of the system that the sandbox or the tests need. */
export interface Tool {
  /** Names it may have on PATH, best first. */
  readonly names: readonly string[]
  /** The Debian package that carries the program itself (redis-server's is only a link into redis-tools). */
  readonly debianPackage: string
  /** Under which name the package carries it, when not under `names[0]`: a link is then made. */
  readonly carriedAs: string
}

/** The programs that are looked for. */
export const TOOLS = {
  redis: {
    names: ['redis-server', 'valkey-server'],
    debianPackage: 'redis-tools',
    carriedAs: 'redis-check-rdb',
  },
  'qemu-img': { names: ['qemu-img'], debianPackage: 'qemu-utils', carriedAs: 'qemu-img' },
} as const satisfies Record<string, Tool>

/** A key of `TOOLS`. */
export type ToolName = keyof typeof TOOLS

/** Where a program is, and the environment it needs beside the usual one (libraries unpacked with it). */
export interface FoundTool {
  readonly path: string
  readonly env?: { readonly LD_LIBRARY_PATH: string }
}

/** What a search may use; everything has the machine's own as default. */
export interface Search {
  readonly run?: CommandRunner
  /** Told what is fetched and how big it is. */
  readonly say?: (line: string) => void
  /** The text of os-release, for the line that installs the program. */
  readonly osRelease?: string
  readonly platform?: NodeJS.Platform
}

/**
 * Finds a program on PATH, among what was unpacked into `dataDir` before, or as a Debian package unpacked there now.
 * Throws one message with the exact line for this system when there is none.
 */
export async function findTool(
  name: ToolName,
  dataDir: string,
  env: NodeJS.ProcessEnv,
  search: Search = {},
): Promise<FoundTool> {
  const tool: Tool = TOOLS[name]
  const onPath = await firstOnPath(tool.names, env)
  if (onPath !== null) return { path: onPath }
  const into = join(dataDir, 'tools', name)
  const unpackedBefore = await unpackedTool(tool, into)
  if (unpackedBefore !== null) return unpackedBefore
  const words = await unpackTool(tool, into, env, search)
  const unpacked = words === null ? await unpackedTool(tool, into) : null
  if (unpacked !== null) return unpacked
  throw new Error(await missing(name, words, search))
}

/** Unpacks into a folder beside the final one and moves it there whole: a broken download is never taken for a program. */
async function unpackTool(
  tool: Tool,
  into: string,
  env: NodeJS.ProcessEnv,
  { run = runCommand, say = () => {} }: Search,
): Promise<string | null> {
  const isDebian =
    (await firstOnPath(['apt-get'], env)) !== null && (await firstOnPath(['dpkg'], env)) !== null
  if (!isDebian) return 'This system has no apt-get to fetch it with.'
  const making = `${into}.${process.pid}`
  const lists = join(dirname(into), 'apt')
  try {
    await mkdir(making, { recursive: true })
    const unpacked = await unpackDebian(tool.debianPackage, { into: making, lists }, { env, run, say })
    if (!unpacked.ok) return unpacked.words
    const words = await linkAndTry(tool, making, { env, run })
    if (words !== null) return words
    await rm(into, { recursive: true, force: true })
    await rename(making, into)
    return null
  } finally {
    await rm(making, { recursive: true, force: true })
    await rm(`${making}.downloads`, { recursive: true, force: true })
  }
}

/** Gives the program its name (Redis decides by it what to be) and runs it once: null, or why it does not run here. */
async function linkAndTry(
  tool: Tool,
  into: string,
  { run, env }: { run: CommandRunner; env: NodeJS.ProcessEnv },
): Promise<string | null> {
  const bin = join(into, 'usr/bin')
  const name = tool.names[0] ?? tool.carriedAs
  if (!(await isProgram(join(bin, name)))) await symlink(tool.carriedAs, join(bin, name))
  const found = await unpackedTool(tool, into)
  if (found === null) return `The package ${tool.debianPackage} does not carry ${tool.carriedAs}.`
  const tried = await run(found.path, ['--version'], { env: { ...env, ...found.env } })
  return tried.code === 0 ? null : `The unpacked ${name} does not run here: ${tried.err.trim()}`
}

async function unpackedTool(tool: Tool, into: string): Promise<FoundTool | null> {
  const path = join(into, 'usr/bin', tool.names[0] ?? tool.carriedAs)
  if (!(await isProgram(path))) return null
  const libraries = await libraryFolders(into)
  return libraries.length === 0 ? { path } : { path, env: { LD_LIBRARY_PATH: libraries.join(':') } }
}

async function libraryFolders(root: string): Promise<string[]> {
  const files = await readdir(root, { recursive: true, withFileTypes: true })
  const folders = files.filter((file) => /\.so(\.\d+)*$/.test(file.name)).map((file) => file.parentPath)
  return [...new Set(folders)].sort()
}

/** The first of these names that PATH has as a program one may run, or null. */
export async function firstOnPath(names: readonly string[], env: NodeJS.ProcessEnv): Promise<string | null> {
  const folders = (env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '')
  for (const name of names) {
    for (const folder of folders) {
      if (await isProgram(join(folder, name))) return join(folder, name)
    }
  }
  return null
}

async function isProgram(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK)
    return (await stat(path)).isFile()
  } catch {
    return false
  }
}

async function missing(name: ToolName, words: string | null, search: Search): Promise<string> {
  const osRelease = search.osRelease ?? (await readFile('/etc/os-release', 'utf8').catch(() => ''))
  const line = installLine(name, { osRelease, platform: search.platform ?? process.platform })
  const why = words === null || words === '' ? '' : ` (${words})`
  return `${TOOLS[name].names.join(' or ')} is needed and not here${why}. ${line}`
}
