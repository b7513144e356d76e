import { spawn } from 'node:child_process'
import { chmod, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { CommandRunner, Ran } from '../src/command-runner.ts'
import { installLine } from '../src/install-line.ts'
import { findRedis } from '../src/redis-finder.ts'
import { provideTestTools } from '../src/test-tools.ts'
import { findTool, firstOnPath } from '../src/tool-finder.ts'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'snapferry-finder-'))
})
afterEach(async () => {
  await rm(folder, { recursive: true, force: true })
})

/** A folder for PATH with these programs in it, each of them doing nothing. */
async function pathWith(...programs: string[]): Promise<string> {
  const bin = join(folder, 'bin')
  await mkdir(bin, { recursive: true })
  for (const program of programs) await writeFile(join(bin, program), '#!/bin/sh\n', { mode: 0o755 })
  return bin
}

const NOTHING: CommandRunner = async () => ({ code: 1, out: '', err: 'E: nothing works here' })

/** apt and dpkg as they answer on a bare system without lists of our own; `refuse` names the orders that fail. */
function bareDebian(refuse: readonly string[] = []): { run: CommandRunner; orders: string[] } {
  const orders: string[] = []
  const run: CommandRunner = async (_command, args, where): Promise<Ran> => {
    const own = args.some((arg) => arg.startsWith('Dir::State::lists=')) ? ' with our lists' : ''
    const order = ['--print-uris', 'download', 'update', '-x', '--version'].find((word) =>
      args.includes(word),
    )
    const said = `${order}${own}`
    orders.push(said)
    const early = own !== '' && !orders.includes('update with our lists')
    if (early || refuse.includes(said)) return { code: 100, out: '', err: `E: ${said} refused` }
    if (order === '--print-uris') return { code: 0, out: URIS, err: '' }
    if (order === 'download') await writeFile(join(where.cwd ?? '', 'redis-tools_7_amd64.deb'), '')
    if (order === '-x') await unpackFake(args[2] ?? '')
    return { code: 0, out: '', err: '' }
  }
  return { run, orders }
}

const URIS = [
  "'http://debian.example/libc6_2.36_amd64.deb' libc6_2.36_amd64.deb 2759320 SHA256:00",
  "'http://debian.example/liblzf1_3.6_amd64.deb' liblzf1_3.6_amd64.deb 10192 SHA256:01",
  "'http://debian.example/redis-tools_7_amd64.deb' redis-tools_5%3a7_amd64.deb 991988 ",
].join('\n')

async function unpackFake(into: string): Promise<void> {
  await mkdir(join(into, 'usr/bin'), { recursive: true })
  await mkdir(join(into, 'usr/lib/x86_64-linux-gnu'), { recursive: true })
  await writeFile(join(into, 'usr/bin/redis-check-rdb'), '#!/bin/sh\n')
  await chmod(join(into, 'usr/bin/redis-check-rdb'), 0o755)
  await writeFile(join(into, 'usr/lib/x86_64-linux-gnu/liblzf.so.1'), '')
}

describe('where Redis comes from', () => {
  test('REDIS_URL wins over everything, and nothing is run', async () => {
    const env = { REDIS_URL: 'redis://db:6379', PATH: await pathWith('redis-server') }
    expect(await findRedis(folder, env, { run: NOTHING })).toEqual({ kind: 'url', url: 'redis://db:6379' })
  })

  test.each([
    [['redis-server', 'valkey-server'], 'redis-server'],
    [['valkey-server'], 'valkey-server'],
  ])('of %j on PATH it is %s', async (programs, expected) => {
    const bin = await pathWith(...programs, 'apt-get', 'dpkg')
    const env = { REDIS_URL: '', PATH: `/nowhere:${bin}` }
    expect(await findRedis(folder, env, { run: NOTHING })).toEqual({
      kind: 'binary',
      path: join(bin, expected),
    })
  })

  test('a file on PATH that may not be run is no Redis', async () => {
    const bin = await pathWith('redis-server')
    await chmod(join(bin, 'redis-server'), 0o644)
    await expect(findRedis(folder, { PATH: bin }, { run: NOTHING })).rejects.toThrow('is needed and not here')
  })

  test('on a bare Debian the package is unpacked with its libraries, without the C library, and found again', async () => {
    const env = { PATH: await pathWith('apt-get', 'dpkg') }
    const { run, orders } = bareDebian()
    const said: string[] = []
    const found = await findRedis(folder, env, { run, say: (line) => said.push(line) })
    const root = join(folder, 'tools/redis')
    expect(found).toEqual({
      kind: 'binary',
      path: join(root, 'usr/bin/redis-server'),
      env: { LD_LIBRARY_PATH: join(root, 'usr/lib/x86_64-linux-gnu') },
    })
    expect(orders).toEqual(['--print-uris', 'download', '-x', '--version'])
    expect(said).toEqual(['Fetching liblzf1, redis-tools (1.0 MB) and unpacking without installing.'])
    expect(await readdir(join(folder, 'tools'))).toEqual(['redis'])
    expect(await findRedis(folder, env, { run: NOTHING })).toEqual(found)
  })

  test.each([
    ['--print-uris', ['update with our lists', '--print-uris with our lists']],
    ['download', ['update with our lists', 'download with our lists']],
  ])('when the lists of the system fail at %s, own lists are fetched', async (refused, expected) => {
    const env = { PATH: await pathWith('apt-get', 'dpkg') }
    const { run, orders } = bareDebian([refused])
    expect((await findRedis(folder, env, { run })).kind).toBe('binary')
    expect(orders).toEqual(expect.arrayContaining(expected))
  })

  test.each(['-x', '--version'])(
    'a download that fails at %s leaves nothing that is later taken for Redis',
    async (refused) => {
      const env = { PATH: await pathWith('apt-get', 'dpkg') }
      const search = { osRelease: 'ID=debian', platform: 'linux' } as const
      await expect(findRedis(folder, env, { ...search, run: bareDebian([refused]).run })).rejects.toThrow(
        `${refused} refused`,
      )
      await expect(findRedis(folder, env, { ...search, run: NOTHING })).rejects.toThrow('nothing works here')
    },
  )

  test.each([
    ['ID=debian', 'linux', 'sudo apt-get install --no-install-recommends redis-server'],
    [
      'NAME="x"\nID=linuxmint\nID_LIKE="ubuntu debian"',
      'linux',
      'sudo apt-get install --no-install-recommends redis-server',
    ],
    ['ID="rocky"\nID_LIKE="rhel centos fedora"', 'linux', 'sudo dnf install redis'],
    ['ID=fedora', 'linux', 'sudo dnf install valkey'],
    ['ID=alpine', 'linux', 'sudo apk add redis'],
    ['ID=arch', 'linux', 'sudo pacman -S valkey'],
    ['ID="opensuse-tumbleweed"', 'linux', 'sudo zypper install redis'],
    ['', 'darwin', 'brew install redis'],
    ['ID=plan9', 'linux', 'or set REDIS_URL'],
    ['', 'win32', 'or set REDIS_URL'],
  ] as const)('without any Redis, %j on %s is told: %s', async (osRelease, platform, line) => {
    const search = { run: NOTHING, osRelease, platform }
    await expect(findRedis(folder, { PATH: '' }, search)).rejects.toThrow(line)
    expect(installLine('redis', { osRelease, platform })).toContain('REDIS_URL')
    expect(installLine('qemu-img', { osRelease, platform })).toMatch(/qemu/)
  })
})

/** This machine's programs without these. */
async function pathWithout(...hidden: string[]): Promise<string> {
  const bin = join(folder, 'machine')
  await mkdir(bin)
  for (const from of ['/usr/bin', '/bin', '/usr/sbin', '/sbin']) {
    for (const name of await readdir(from).catch(() => [])) {
      if (!hidden.includes(name)) await symlink(join(from, name), join(bin, name)).catch(() => undefined)
    }
  }
  return bin
}

/** Sends one line to a Redis on this socket and answers its first words, as soon as it listens. */
function ask(socket: string, line: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const client = connect(socket)
    client.once('error', reject)
    client.once('data', (data) => {
      client.destroy()
      resolve(data.toString().trim())
    })
    client.write(`${line}\r\n`)
  })
}

/** What a started Redis answers to PING, once it says that it is ready. */
function pingOf(path: string, extra: NodeJS.ProcessEnv, socket: string): Promise<string> {
  const args = ['--port', '0', '--unixsocket', socket, '--save', '', '--dir', folder]
  const redis = spawn(path, args, { env: { ...process.env, ...extra } })
  return new Promise<string>((resolve, reject) => {
    let words = ''
    redis.once('error', reject)
    redis.once('exit', () => reject(new Error(`Redis ended: ${words}`)))
    redis.stdout.on('data', (data: Buffer) => {
      words += data.toString()
      if (/ready to accept connections/i.test(words)) ask(socket, 'PING').then(resolve, reject)
    })
  }).finally(() => redis.kill('SIGKILL'))
}

test('on this very machine, with Redis hidden, one is fetched that answers', async () => {
  const env = { ...process.env, REDIS_URL: '', PATH: await pathWithout('redis-server', 'valkey-server') }
  const found = await findRedis(folder, env).catch(async (error: Error) => {
    throw new Error(await whatIsMissing(env, error.message))
  })
  if (found.kind !== 'binary') throw new Error('REDIS_URL was hidden')
  expect(await pingOf(found.path, found.env ?? {}, join(folder, 's'))).toBe('+PONG')
})

/** Why no Redis was found here, by name: this test shows nothing on a machine that has none of the ways to one. */
async function whatIsMissing(env: NodeJS.ProcessEnv, told: string): Promise<string> {
  const absent: string[] = []
  for (const tool of ['apt-get', 'dpkg']) if ((await firstOnPath([tool], env)) === null) absent.push(tool)
  const missing = absent.length > 0 ? `${absent.join(' and ')} on PATH` : 'packages that apt-get can download'
  return `This test needs a Debian or Ubuntu that can fetch Redis; missing here: ${missing}. Told: ${told}`
}

test.each([
  [['redis-server'], 'missing here: apt-get and dpkg on PATH'],
  [['apt-get'], 'missing here: dpkg on PATH'],
  [['apt-get', 'dpkg'], 'missing here: packages that apt-get can download'],
])('with only %j on PATH it would say: %s', async (programs, expected) => {
  expect(await whatIsMissing({ PATH: await pathWith(...programs) }, 'E')).toContain(expected)
})

describe('the tools of the tests', () => {
  test('nothing is provided when PATH has both', async () => {
    expect(await provideTestTools(folder, { PATH: await pathWith('redis-server', 'qemu-img') })).toBeNull()
  })

  test('what PATH lacks under its own name gets a wrapper that runs it, quotes in the path included', async () => {
    const quoted = join(folder, "it's here")
    await mkdir(quoted)
    await writeFile(join(quoted, 'valkey-server'), '#!/bin/sh\necho "valkey $1"\n', { mode: 0o755 })
    const env = { PATH: `${quoted}:${await pathWith('qemu-img')}` }
    const bin = await provideTestTools(join(folder, 'data'), env)
    expect(await readdir(bin ?? '')).toEqual(['redis-server'])
    const said = spawn(join(bin ?? '', 'redis-server'), ['one two'])
    const words = await new Promise((resolve) => said.stdout.once('data', (data) => resolve(String(data))))
    expect(words).toBe('valkey one two\n')
  })

  test('qemu-img is looked for like Redis', async () => {
    await expect(
      findTool('qemu-img', folder, { PATH: '' }, { run: NOTHING, osRelease: 'ID=debian', platform: 'linux' }),
    ).rejects.toThrow('sudo apt-get install --no-install-recommends qemu-utils')
  })
})
