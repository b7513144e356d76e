/** Resolves when somebody pressed Ctrl-C, asked this process to end, or reads no more of it; a second time ends it at once. */
export function stopSignal(): Promise<'stopped'> {
  return new Promise((resolve) => {
    process.stdout.on('error', () => resolve('stopped'))
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.once(signal, () => {
        process.once(signal, () => process.exit(130))
        resolve('stopped')
      })
    }
  })
}
