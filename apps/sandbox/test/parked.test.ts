import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openAdmin } from '../src/admin.ts'
import { openHouse } from '../src/house.ts'
import { folded } from '../src/printer.ts'
import { runShow } from '../src/show.ts'

const dataDir = mkdtempSync(join(tmpdir(), 'snapferry-parked-'))
const opening = openHouse({ dataDir, speed: 20, say: () => undefined })

beforeAll(async () => void (await opening.ready), 60_000)
afterAll(async () => {
  await opening.close()
  rmSync(dataDir, { recursive: true, force: true })
}, 60_000)

test('--once exits 1 when its migration parks, and says why', { timeout: 120_000 }, async () => {
  const house = await opening.ready
  const admin = openAdmin(house.provider.adminUrl)
  await admin.arm({
    match: { operation: 'ImportSnapshot' },
    times: 'forever',
    fault: { kind: 'permissions-403' },
  })
  let text = ''
  const printer = {
    isLive: false,
    say: (line: string) => {
      text += `${folded(line)}\n`
    },
    draw: () => undefined,
    done: () => undefined,
  }
  const options = { once: true, sabotage: null, speed: 20 }
  const code = await runShow(house, admin, { options, dataDir, printer })

  const joined = text.replaceAll(/\n {7}/g, ' ')
  expect(joined.match(/FOUND: .* disk: needs_attention, permission-denied/g), text).toHaveLength(2)
  expect(text).toContain('Not proven.')
  expect(text).toContain('2 of 2 untouched')
  expect(text.split('\n').filter((line) => [...line].length > 80)).toEqual([])
  expect(code).toBe(1)
})
