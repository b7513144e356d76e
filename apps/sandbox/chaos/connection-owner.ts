import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

/**
 * Which of some processes has the connection from this local port to `serverPort` on 127.0.0.1; null when none has.
 * Read from /proc, so on Linux only.
 */
export function ownerOf(port: number, serverPort: number, pids: readonly number[]): number | null {
  const inode = inodeOf(readFileSync('/proc/net/tcp', 'utf8'), port, serverPort)
  if (inode === null) return null
  return pids.find((pid) => hasSocket(pid, inode)) ?? null
}

/** The socket of a connection in the table of /proc/net/tcp. */
export function inodeOf(table: string, port: number, serverPort: number): string | null {
  const local = `:${hex(port)}`
  const remote = `:${hex(serverPort)}`
  for (const line of table.split('\n')) {
    const [, from = '', to = '', , , , , , , inode = '0'] = line.trim().split(/\s+/)
    if (from.endsWith(local) && to.endsWith(remote) && inode !== '0') return inode
  }
  return null
}

function hex(port: number): string {
  return port.toString(16).toUpperCase().padStart(4, '0')
}

function hasSocket(pid: number, inode: string): boolean {
  try {
    const folder = `/proc/${pid}/fd`
    return readdirSync(folder).some((fd) => linkOf(`${folder}/${fd}`) === `socket:[${inode}]`)
  } catch {
    // It has just died.
    return false
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path)
  } catch {
    return ''
  }
}
