import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** What an installation on this machine keeps from one start to the next. */
export interface CloudFolder {
  readonly path: string
  /** A file with the API key, made at the first start; only its owner may read it. */
  readonly apiKeyFile: string
  /** Lets another start have it. */
  release(): void
}

/** Opens the folder for this process alone; throws one sentence when another one has it. */
export function openCloudFolder(path: string): CloudFolder {
  mkdirSync(path, { recursive: true, mode: 0o700 })
  const lock = join(path, 'pid')
  takeLock(lock)
  const apiKeyFile = join(path, 'api-key')
  if (!existsSync(apiKeyFile))
    writeFileSync(apiKeyFile, `${randomBytes(24).toString('base64url')}\n`, { mode: 0o600 })
  return { path, apiKeyFile, release: () => rmSync(lock, { force: true }) }
}

/** Two Redis servers over one folder would destroy what is in it. A lock of a process that has died counts no more. */
function takeLock(lock: string): void {
  for (let tries = 0; tries < 2; tries++) {
    try {
      writeFileSync(lock, String(process.pid), { flag: 'wx' })
      return
    } catch {
      const pid = Number(readFileSync(lock, 'utf8'))
      if (isAlive(pid)) throw new Error(`process ${pid} is using ${lock.slice(0, -4)} already: stop it first`)
      rmSync(lock, { force: true })
    }
  }
  throw new Error(`${lock} cannot be taken`)
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}
