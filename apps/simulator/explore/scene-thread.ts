import { parentPort, workerData } from 'node:worker_threads'
import type { Errand, Message } from './crew.ts'
import { exploreScene } from './explore-scene.ts'
import { RULES } from './world/rules.ts'
import { sceneOf } from './world/scene.ts'

const { backend, source, isCrowded, budget, bound } = workerData as Errand
const setting = { scene: sceneOf(backend, source, isCrowded), rules: RULES, budget }
const tell = (message: Message): void => parentPort?.postMessage(message)
const explored = exploreScene(
  setting,
  bound,
  () => performance.now(),
  (progress) => tell({ progress }),
)
tell({ explored })
