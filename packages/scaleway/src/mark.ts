import { type Item, OUR_TAG, type Owner } from '@snapferry/migration'

const COPY_TAG = `${OUR_TAG}copy=`

/**
 * Whether a snapshot may be deleted for this ledger item: it carries the exact tag of this installation, migration and
 * round (or, when we took it on the way, that of a kept snapshot), and was never proven to be a copy.
 */
export function carriesOurMark(tags: readonly string[], item: Item, owner: Owner): boolean {
  if (tags.some((tag) => tag.startsWith(COPY_TAG))) return false
  const name = `${owner.install}.${owner.migration}`
  const isTaken = item.thing.what === 'taken-snapshot' && tags.includes(`${OUR_TAG}snapshot=${name}`)
  return isTaken || tags.includes(`${OUR_TAG}wip=${name}.${item.round}`)
}

/** Whether an object lies under one of the two prefixes of this migration, by a key without tricks. */
export function isOurKey(key: string, owner: Owner): boolean {
  const root = `${owner.prefix}/${owner.install}`
  const prefixes = [`${root}/work/${owner.migration}/`, `${root}/keep/${owner.migration}/`]
  return prefixes.some((prefix) => key.startsWith(prefix) && isPlainName(key.slice(prefix.length)))
}

/** Some servers resolve `..` in paths; no key of ours has a second slash or a dot in front. */
function isPlainName(rest: string): boolean {
  return /^[A-Za-z0-9_-][A-Za-z0-9._-]*$/.test(rest)
}
