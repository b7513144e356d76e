/** What stands behind a kind of hold, for people. */
export interface HoldRow {
  /** What puts it up. */
  readonly means: string
  /** What waits under it. */
  readonly waits: string
  /** What ends it. */
  readonly ends: string
  /** The first thing to do. */
  readonly fix: string
}

/** Every kind of hold; docs/limits.md is made of it. */
export const HOLDS = {
  credentials: {
    means:
      'The provider refuses the key (401), or refuses a kind of call that has worked before (403 on a snapshot).',
    waits: 'After a 401 nothing is asked of the provider; after a 403 what was refused waits.',
    ends: 'One migration a minute tries again; after a 401 or a refused look the first look that is answered ends it, after a refused write the first such write that is accepted.',
    fix: 'Renew the API key, or give it its rights back; files named in *_FILE are read again on change and on SIGHUP.',
  },
  quota: {
    means: 'A quota of the account is used up.',
    waits: 'Snapshots are not taken and nothing is imported; everything else goes on.',
    ends: 'One migration a minute tries again; the first snapshot or import that is accepted ends it.',
    fix: 'Raise the quota, or remove snapshots that nobody needs.',
  },
  bucket: {
    means: 'A bucket that has worked before refuses everything (403).',
    waits:
      'After a refused look nothing is exported into it, imported from it or removed from it; after a refused write only that kind of write waits.',
    ends: 'One migration a minute tries again; after a refused look the first look into it that is answered ends it, after a refused write the first such write.',
    fix: 'Allow this key to read, write and list the bucket again: look at its policy and at the rights of the key.',
  },
  circuit: {
    means: 'Most calls to a zone fail: the provider is unwell.',
    waits: 'The zone is not called.',
    ends: 'One migration tries again, ever more seldom up to once a minute; the first good answer ends it.',
    fix: "Look at the provider's status page; there is nothing to do here but wait.",
  },
  drain: {
    means: 'An operator lets nothing new begin.',
    waits:
      'No snapshot is taken, no export and no import begins; what the provider has begun is watched to its end, checked and tidied up, and undoing goes on.',
    ends: 'Only somebody who ends it: DELETE /v1/holds/{name}.',
    fix: 'End it with DELETE /v1/holds/{name} when its reason is over.',
  },
} as const satisfies Record<string, HoldRow>
