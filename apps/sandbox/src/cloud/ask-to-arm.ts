import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'

/** What has to be typed: the word and the beginning of the project, so that nobody agrees without reading. */
export function armingWords(projectId: string): string {
  return `arm ${projectId.slice(0, 8)}`
}

/**
 * Asks once. True only for exactly the words, typed or piped; anything else, and an input that ends or is none, means
 * no. Nothing is asked a second time.
 */
export async function askToArm(
  projectId: string,
  { input, say }: { readonly input: Readable; readonly say: (line: string) => void },
): Promise<boolean> {
  const words = armingWords(projectId)
  say(
    `Armed, Snapferry exports, imports, tags and deletes snapshots and images of its own in project ${projectId}.`,
  )
  say(`Type "${words}" to arm it; anything else leaves it as it is.`)
  const lines = createInterface({ input })
  try {
    for await (const line of lines) return line.trim() === words
    return false
  } finally {
    lines.close()
  }
}
