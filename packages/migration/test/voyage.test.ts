import { expect, test } from 'vitest'
import { broken } from './world/laws.ts'
import { World } from './world/voyage.ts'

/** `VOYAGE_SEED=41` sails that one voyage and tells its story when it fails; `VOYAGES=50000` sails more of them. */
const { VOYAGE_SEED, VOYAGES } = process.env
const COUNT = VOYAGE_SEED === undefined ? Number(VOYAGES ?? 4_000) : 1
const FIRST = Number(VOYAGE_SEED ?? 1)

test('no voyage through any weather breaks a promise', { timeout: 60_000 + COUNT * 20 }, async () => {
  const failures: string[] = []
  const endings = new Set<string>()
  for (let seed = FIRST; seed < FIRST + COUNT; seed++) {
    const { voyage, story } = await new World(seed, COUNT === 1).sail()
    endings.add(voyage.journal.record.state)
    const faults = broken(voyage)
    if (faults.length > 0) failures.push(...story, `VOYAGE_SEED=${seed}: ${faults.slice(0, 3).join('; ')}`)
  }
  expect(failures.slice(-400)).toEqual([])
  // A world in which nothing goes wrong, or nothing goes well, would prove nothing.
  if (COUNT > 1) expect([...endings].toSorted()).toEqual(['cancelled', 'failed', 'succeeded'])
})
