const WITHIN_MS = 28_000

/** Asks again and again, never pausing, until the answer is yes; fails with `what` when that takes too long. */
export async function until(
  what: string,
  holds: () => boolean | Promise<boolean>,
  withinMs = WITHIN_MS,
): Promise<void> {
  const deadline = performance.now() + withinMs
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`still not so after ${withinMs} ms: ${what}`)
    await new Promise((resolve) => setImmediate(resolve))
  }
}
