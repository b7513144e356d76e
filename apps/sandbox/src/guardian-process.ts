import { rmSync } from 'node:fs'
import { createInterface } from 'node:readline'

/**
 * A process that outlives the sandbox by a moment. It hears who was born and who is gone; when the sandbox ends
 * without a word (SIGKILL, out of memory), its pipe ends, and whoever is still there is ended too.
 */
const folder = process.argv[2] ?? ''
const alive = new Set<number>()
for await (const line of createInterface({ input: process.stdin })) {
  const [word, pid] = line.split(' ')
  if (word === 'born') alive.add(Number(pid))
  if (word === 'gone') alive.delete(Number(pid))
  if (word === 'done') process.exit(0)
}
for (const pid of alive) {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has gone by itself.
  }
}
if (folder !== '') rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 })
