/** One header extension: its type word and the length of its data in bytes, as the file states it. */
export interface HeaderExtension {
  readonly type: number
  readonly length: number
}

const END = 0

/**
 * Lists the extensions between the header and the end of its first cluster, as far as `view` reaches.
 * An extension that claims to leave the cluster is listed and ends the list: its length is never followed.
 */
export function listExtensions(
  view: DataView,
  headerLength: number,
  clusterBytes: number,
): readonly HeaderExtension[] {
  const extensions: HeaderExtension[] = []
  const end = Math.min(view.byteLength, clusterBytes)
  let at = headerLength
  while (at + 8 <= end) {
    const type = view.getUint32(at)
    if (type === END) break
    const length = view.getUint32(at + 4)
    extensions.push({ type, length })
    at += 8 + Math.ceil(length / 8) * 8
  }
  return extensions
}
