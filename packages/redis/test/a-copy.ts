import { bytes, type Copy, migrationId, zone } from '@snapferry/migration'

/** An entry of the catalogue; every part that is not given is sensible and irrelevant. */
export function aCopy(n: number, parts: Partial<Copy> = {}): Copy {
  return {
    id: `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`,
    backend: 'block',
    zone: zone('fr-par-2'),
    project: 'p',
    type: 'sbs',
    sizeBytes: bytes(1_000_000_000),
    name: `copy ${n}`,
    migration: migrationId(`mig_${'a'.repeat(26)}`),
    source: { kind: 'snapshot', id: `source-${n}` },
    from: zone('fr-par-1'),
    volume: null,
    takenAt: null,
    provenAt: 1_700_000_000_000 + n,
    ...parts,
  }
}
