import { readdirSync, readFileSync } from 'node:fs'
import type { Answered } from '../src/exchange.ts'

const FOLDER = new URL('./fixtures/answers/', import.meta.url)

/** The recorded shape of an answer: the body of a fixture file whose name holds the status. */
export function answered(file: string, headers: Readonly<Record<string, string>> = {}): Answered {
  const status = Number(/\d{3}/.exec(file)?.[0])
  return { came: true, status, headers, body: readFileSync(new URL(file, FOLDER)) }
}

/** Every fixture file whose name does (or does not) begin with `s3-`. */
export function fixtures(of: 's3' | 'api'): readonly string[] {
  return readdirSync(FOLDER)
    .filter((name) => name.startsWith('s3-') === (of === 's3'))
    .sort()
}
