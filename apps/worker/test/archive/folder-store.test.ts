import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { openFolderStore } from '../../src/archive/folder-store.ts'

async function aFolder(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'snapferry-folder-'))
  onTestFinished(() => rm(dir, { recursive: true, force: true }))
  return join(dir, 'deep', 'archive')
}

test('a folder keeps what is put into it, whole and once, and is made when it is missing', async () => {
  const place = await aFolder()
  const store = openFolderStore(place)
  expect(await store.list()).toEqual({ ok: true, value: [] })
  expect(await store.putIfAbsent('2026-11-24.json', Buffer.from('a'))).toEqual({ ok: true, value: 'written' })
  expect(await store.putIfAbsent('2026-11-24.json', Buffer.from('b'))).toEqual({ ok: true, value: 'exists' })
  expect(await store.get('2026-11-24.json')).toMatchObject({ value: Buffer.from('a') })
  expect(await store.get('2026-11-25.json')).toEqual({ ok: true, value: null })
  expect(await readdir(place)).toEqual(['2026-11-24.json'])
})

test('what a process that was killed left unfinished is not read, and in nobody’s way', async () => {
  const place = await aFolder()
  const store = openFolderStore(place)
  await store.putIfAbsent('2026-11-24.json', Buffer.from('a'))
  await writeFile(join(place, '2026-11-25.json.part'), 'half')
  expect(await store.list()).toEqual({ ok: true, value: ['2026-11-24.json'] })
  expect(await store.putIfAbsent('2026-11-25.json', Buffer.from('whole'))).toMatchObject({ value: 'written' })
  expect(await store.get('2026-11-25.json')).toMatchObject({ value: Buffer.from('whole') })
})

test.each(['../x.json', '/etc/passwd', 'notes.txt'])('the name %j is refused', async (name) => {
  const store = openFolderStore(await aFolder())
  await expect(async () => store.get(name)).rejects.toThrow(RangeError)
  await expect(async () => store.putIfAbsent(name, Buffer.from(''))).rejects.toThrow(RangeError)
})
