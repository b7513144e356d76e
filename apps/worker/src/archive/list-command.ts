import { manifestName, partName, readManifest } from '@snapferry/migration'
import { fromStore } from './archive-trouble.ts'
import type { Desk } from './desk.ts'
import { ARCHIVE_EXIT, type ArchiveExit } from './exit.ts'
import type { ArchiveOptions } from './options.ts'
import { namesOf } from './read-chain.ts'
import { table } from './table.ts'

/** Shows the parts of an archive by their manifests; whether these are true is another question. */
export async function listArchive(desk: Desk, o: ArchiveOptions): Promise<ArchiveExit> {
  const store = await desk.store(o.from)
  const names = await namesOf(store)
  const rows: string[][] = []
  for (const part of names.parts) {
    const name = partName(part)
    const bytes = await fromStore(`${name} cannot be read`, store.get(manifestName(part)))
    const text = bytes === null ? '' : Buffer.from(bytes).toString('utf8')
    const manifest = bytes === null ? null : readManifest(text, desk.config.install)
    if (manifest === null) rows.push([name, '', '', '', '', 'lines without a manifest'])
    else if (!manifest.ok) rows.push([name, '', '', '', '', manifest.failure.text])
    else {
      const { lines, bytes: size, sha256 } = manifest.value
      const counts = [lines.migration, lines.audit, lines.copy, size].map(String)
      rows.push([name, ...counts, sha256.slice(0, 16)])
    }
  }
  desk.say(store.place)
  for (const line of table(['part', 'migrations', 'audit', 'copies', 'bytes', 'SHA-256'], rows))
    desk.say(line)
  return ARCHIVE_EXIT.done
}
