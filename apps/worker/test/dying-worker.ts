// A worker process that is killed by every tick of one migration, `POISON`, just before the tick tells what it found:
// as a defect would that takes the whole process down. Only what parks the migration comes through. All others are slow
// to tell what they found, so that each death takes everybody down who is under way.
import { setTimeout } from 'node:timers/promises'
import type { Ferry } from '../src/ferry.ts'
import { runWorker } from '../src/run-worker.ts'

const poison = process.env['POISON']
const SLOW_MS = 300

function deadly(ferry: Ferry): Ferry {
  const append: Ferry['journal']['append'] = async (change) => {
    if (change.before.record.id === poison && change.events.every(({ type }) => type !== 'defect')) {
      process.kill(process.pid, 'SIGKILL')
      // Nothing of this process comes after that.
      await new Promise(() => {})
    }
    if (change.before.record.id !== poison) await setTimeout(SLOW_MS)
    return ferry.journal.append(change)
  }
  return { ...ferry, journal: { ...ferry.journal, append } }
}

await runWorker({ ...JSON.parse(process.env['TUNING'] ?? '{}'), ferry: deadly })
