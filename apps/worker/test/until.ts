const WITHIN_MS = 28_000

/** Asks again and again until the answer is yes; fails with `what` when that takes too long. */
export async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + WITHIN_MS
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`still not so: ${what}`)
    await new Promise((resolve) => setImmediate(resolve))
  }
}
