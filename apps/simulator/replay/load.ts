import { readFileSync } from 'node:fs'
import { type Bundle, bad, type Replay, type Result, readBundle, replay } from '@snapferry/migration'

/** A bundle with its replay. */
export interface Loaded {
  readonly file: string
  readonly bundle: Bundle
  readonly replay: Replay
}

/** Reads and replays the bundle of a file, or says in one sentence why that cannot be done. */
export function load(file: string): Result<Loaded, string> {
  const text = textOf(file)
  if (!text.ok) return text
  const value = jsonOf(text.value)
  if (!value.ok) return bad(`${file} is not JSON: ${value.failure}.`)
  const bundle = readBundle(value.value)
  if (!bundle.ok) return bad(`${file}: ${bundle.failure}`)
  return { ok: true, value: { file, bundle: bundle.value, replay: replay(bundle.value) } }
}

function textOf(file: string): Result<string, string> {
  try {
    return { ok: true, value: readFileSync(file, 'utf8') }
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : null
    if (code === 'ENOENT') return bad(`There is no file ${file}.`)
    return bad(
      code === 'EISDIR' ? `${file} is a folder, not a bundle.` : `${file} cannot be read (${String(code)}).`,
    )
  }
}

function jsonOf(text: string): Result<unknown, string> {
  try {
    return { ok: true, value: JSON.parse(text) }
  } catch (cause) {
    return bad(cause instanceof Error ? cause.message : String(cause))
  }
}
