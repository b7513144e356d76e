/** Waits `ms` milliseconds; resolves early when the signal fires, never rejects. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((over) => {
    if (signal.aborted) return over()
    const done = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      over()
    }
    const timer = setTimeout(done, ms)
    signal.addEventListener('abort', done)
  })
}
