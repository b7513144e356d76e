import { mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { CommandRunner } from './command-runner.ts'

/** How packages are fetched and unpacked: the machine's commands, its environment, and where to tell what happens. */
export interface Unpacking {
  readonly env: NodeJS.ProcessEnv
  readonly run: CommandRunner
  readonly say: (line: string) => void
}

/** What was unpacked, or the words of the command that failed. */
export type Unpacked = { readonly ok: true } | { readonly ok: false; readonly words: string }

interface Archive {
  readonly name: string
  readonly sizeBytes: number
}

/**
 * Downloads a Debian package, with those of its libraries that this system lacks, and unpacks them under `into`: no
 * root, no service, no maintainer script runs. Where apt's lists are missing or out of date, a copy of them is fetched
 * into `lists`; the system's own are never touched.
 */
export async function unpackDebian(
  name: string,
  { into, lists }: { readonly into: string; readonly lists: string },
  how: Unpacking,
): Promise<Unpacked> {
  const own = ['-o', `Dir::State::lists=${lists}/lists`, '-o', `Dir::Cache=${lists}/cache`]
  const withSystemLists = await fetchWith([], name, into, how)
  if (withSystemLists.ok) return withSystemLists
  const withListsFromBefore = await fetchWith(own, name, into, how)
  if (withListsFromBefore.ok) return withListsFromBefore
  const updated = await updateLists(lists, own, how)
  return updated.ok ? await fetchWith(own, name, into, how) : updated
}

async function fetchWith(
  apt: readonly string[],
  name: string,
  into: string,
  how: Unpacking,
): Promise<Unpacked> {
  const archives = await archivesFor(apt, name, how)
  if (!archives.ok) return archives
  const sizeBytes = archives.archives.reduce((sum, archive) => sum + archive.sizeBytes, 0)
  const names = archives.archives.map((archive) => archive.name)
  how.say(
    `Fetching ${names.join(', ')} (${(sizeBytes / 1e6).toFixed(1)} MB) and unpacking without installing.`,
  )
  const downloads = `${into}.downloads`
  await mkdir(downloads, { recursive: true })
  const fetched = await how.run('apt-get', [...QUIET, ...apt, 'download', ...names], {
    env: how.env,
    cwd: downloads,
  })
  if (fetched.code !== 0) return { ok: false, words: lastWords(fetched.err) }
  for (const file of (await readdir(downloads)).filter((each) => each.endsWith('.deb'))) {
    const unpacked = await how.run('dpkg', ['-x', join(downloads, file), into], { env: how.env })
    if (unpacked.code !== 0) return { ok: false, words: lastWords(unpacked.err) }
  }

  return { ok: true }
}

/** As root apt would fetch as user _apt, who may not write into our folder: the data is checked by hash either way. */
const QUIET = ['-qq', '-o', 'APT::Sandbox::User=root', '-o', 'Debug::NoLocking=1']

/**
 * apt itself says which packages an installation would bring here. The C library is left out: it is never missing,
 * and another one beside the system's loader breaks every program.
 */
async function archivesFor(
  apt: readonly string[],
  name: string,
  how: Unpacking,
): Promise<{ ok: true; archives: readonly Archive[] } | { ok: false; words: string }> {
  const order = ['install', '--print-uris', '--reinstall', '--no-install-recommends', '-y', name]
  const asked = await how.run('apt-get', [...QUIET, ...apt, ...order], { env: how.env })
  const archives = asked.out.split('\n').flatMap(readArchive)
  const wanted = archives.filter((each) => each.name === name || /^(lib(?!c6$|c-)|zlib)/.test(each.name))
  if (asked.code === 0 && wanted.some((each) => each.name === name)) return { ok: true, archives: wanted }
  return { ok: false, words: lastWords(asked.err) || `apt knows no package ${name}` }
}

/** `'http://…/x.deb' redis-tools_5%3a7.0.15_amd64.deb 991988 SHA256:…` */
function readArchive(line: string): Archive[] {
  const [, file, size] = line.split(' ')
  const name = file?.split('_')[0]
  return name === undefined || !/^\d+$/.test(size ?? '') ? [] : [{ name, sizeBytes: Number(size) }]
}

async function updateLists(lists: string, own: readonly string[], how: Unpacking): Promise<Unpacked> {
  how.say("Fetching this system's package lists into a folder of our own (10 to 40 MB), once.")
  for (const folder of ['lists/partial', 'cache/archives/partial']) {
    await mkdir(join(lists, folder), { recursive: true })
  }
  const updated = await how.run('apt-get', [...QUIET, ...own, 'update'], { env: how.env })
  return updated.code === 0 ? { ok: true } : { ok: false, words: lastWords(updated.err) }
}

function lastWords(text: string): string {
  return text.trim().split('\n').slice(-3).join(' ')
}
