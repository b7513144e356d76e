import { SANDBOX_CREDENTIALS } from '@snapferry/emulator'
import { expect, test } from 'vitest'
import { Town } from './town.ts'

test('a town in which somebody else’s thing was touched does not close in peace', async () => {
  const town = await Town.open({ workers: 0 })
  const { id } = town.emulator.admin.seedSnapshot({ api: 'block', zone: 'fr-par-1', name: 'theirs' })
  const gone = await fetch(`${town.emulator.apiUrl}/block/v1/zones/fr-par-1/snapshots/${id}`, {
    method: 'DELETE',
    headers: { 'x-auth-token': SANDBOX_CREDENTIALS.secretKey },
  })
  expect(gone.ok).toBe(true)

  await expect(town.close()).rejects.toThrow(id)
})
