import { Worker } from 'node:worker_threads'
import type { Explored } from './explore-scene.ts'
import type { Options } from './options.ts'
import type { Bound, Progress } from './search/search.ts'
import type { SourceKind } from './world/scene.ts'

/** What one thread is sent to explore. */
export type Errand = Options['scenes'][number] &
  Pick<Options, 'budget' | 'isCrowded'> & { readonly bound: Bound }

/** How the states of the sources stand to one another, measured within the bound of CI: the heavy ones go first. */
const WEIGHT: Readonly<Record<SourceKind, number>> = { volume: 7, snapshot: 3, image: 1 }
/** What a thread says: how far it is, and in the end what it found. */
export type Message = { readonly progress: Parameters<Progress>[0] } | { readonly explored: Explored }

/** Heap of one thread, megabytes: the states to go on from are kept whole. */
const HEAP_MB = 12_000

/** Explores every scene, some side by side; each gets its share of the time that is left. */
export async function exploreAll(
  { scenes, jobs, budget, bound, isCrowded }: Options,
  now: () => number,
  told: (explored: Explored) => void,
  progress: (text: string) => void = () => {},
): Promise<readonly Explored[]> {
  const waiting = scenes.toSorted((one, other) => WEIGHT[other.source] - WEIGHT[one.source])
  const weights = scenes.reduce((sum, { source }) => sum + WEIGHT[source], 0)
  const hands = Math.min(jobs, scenes.length)
  const done: Explored[] = []
  const endsAtMs = now() + bound.lastsMs
  // What one does not need of its share, the next ones have.
  let sparedMs = 0
  const hand = async (): Promise<void> => {
    for (let scene = waiting.shift(); scene !== undefined; scene = waiting.shift()) {
      const shareMs = sparedMs + (bound.lastsMs * hands * WEIGHT[scene.source]) / weights
      const lastsMs = Math.max(1, Math.min(shareMs, endsAtMs - now()))
      sparedMs = 0
      const explored = await thread({ ...scene, isCrowded, budget, bound: { ...bound, lastsMs } }, progress)
      sparedMs += Math.max(0, shareMs - explored.tookMs)
      done.push(explored)
      told(explored)
    }
  }
  await Promise.all(Array.from({ length: hands }, hand))
  return done
}

function thread(errand: Errand, progress: (text: string) => void): Promise<Explored> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./scene-thread.ts', import.meta.url), {
      workerData: errand,
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MB },
    })
    worker.on('message', (message: Message) => {
      if ('explored' in message) return resolve(message.explored)
      const { states, mishaps } = message.progress
      progress(`${errand.backend} ${errand.source}: ${states} states, goes on with ${mishaps} mishaps`)
    })
    worker.once('error', reject)
    worker.once('exit', (code) => reject(new Error(`a thread ended with code ${code} and found nothing`)))
  })
}
