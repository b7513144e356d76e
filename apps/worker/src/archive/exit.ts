/** How a command of the archive ends, for scripts. */
export const ARCHIVE_EXIT = {
  /** Everything was done, and everything is as it was written. */
  done: 0,
  /** The archive is broken, of another installation, or not everything could be seen: read what was said. */
  refused: 1,
  /** It could not run: arguments, settings, Redis or the provider. */
  unfit: 2,
} as const

/** An exit code of a command. */
export type ArchiveExit = (typeof ARCHIVE_EXIT)[keyof typeof ARCHIVE_EXIT]
