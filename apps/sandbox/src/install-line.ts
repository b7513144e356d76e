import type { ToolName } from './tool-finder.ts'

type Family = 'debian' | 'fedora' | 'rhel' | 'alpine' | 'arch' | 'suse' | 'darwin'

/** How each family of systems installs each program. */
// biome-ignore format: one row is one system
const LINES: Record<Family, Record<ToolName, string>> = {
  debian: { redis: 'sudo apt-get install --no-install-recommends redis-server', 'qemu-img': 'sudo apt-get install --no-install-recommends qemu-utils' },
  fedora: { redis: 'sudo dnf install valkey',       'qemu-img': 'sudo dnf install qemu-img' },
  rhel:   { redis: 'sudo dnf install redis',        'qemu-img': 'sudo dnf install qemu-img' },
  alpine: { redis: 'sudo apk add redis',            'qemu-img': 'sudo apk add qemu-img' },
  arch:   { redis: 'sudo pacman -S valkey',         'qemu-img': 'sudo pacman -S qemu-img' },
  suse:   { redis: 'sudo zypper install redis',     'qemu-img': 'sudo zypper install qemu-img' },
  darwin: { redis: 'brew install redis',            'qemu-img': 'brew install qemu' },
}

/** Words of ID and ID_LIKE in os-release, the most particular first. */
const FAMILIES: readonly (readonly [word: string, family: Family])[] = [
  ['debian', 'debian'],
  ['ubuntu', 'debian'],
  ['rhel', 'rhel'],
  ['centos', 'rhel'],
  ['fedora', 'fedora'],
  ['alpine', 'alpine'],
  ['arch', 'arch'],
  ['suse', 'suse'],
  ['opensuse', 'suse'],
]

/** What to do instead where no line is known. */
const OTHERWISE: Record<ToolName, string> = {
  redis: 'Install Redis 6.2 or newer or Valkey, or set REDIS_URL to one that runs, then say the same again.',
  'qemu-img': 'Install qemu-img (part of QEMU), then say the same again.',
}

/** One sentence with the exact line that installs the program on this system. */
export function installLine(
  tool: ToolName,
  system: { readonly osRelease: string; readonly platform: NodeJS.Platform },
): string {
  const family = familyOf(system)
  if (family === null) return OTHERWISE[tool]
  const otherwise = tool === 'redis' ? ' (or set REDIS_URL to one that runs)' : ''
  return `Install it with: ${LINES[family][tool]}${otherwise}`
}

function familyOf({ osRelease, platform }: { osRelease: string; platform: NodeJS.Platform }): Family | null {
  if (platform === 'darwin') return 'darwin'
  if (platform !== 'linux') return null
  const own = wordsOf(osRelease, 'ID')
  const like = wordsOf(osRelease, 'ID_LIKE')
  for (const words of [own, like]) {
    const row = FAMILIES.find(([word]) => words.includes(word))
    if (row !== undefined) return row[1]
  }
  return null
}

/** The words of one line of os-release: `ID_LIKE="rhel centos fedora"`. */
function wordsOf(osRelease: string, key: string): string[] {
  const line = osRelease.split('\n').find((each) => each.startsWith(`${key}=`))
  const value = line?.slice(key.length + 1).replaceAll(/["']/g, '') ?? ''
  return value.split(/[\s-]+/).filter((word) => word !== '')
}
