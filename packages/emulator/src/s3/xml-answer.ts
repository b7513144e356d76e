import type { Answer } from '../http/answer.ts'
import { xmlDocument } from './xml.ts'

/** 200 with an XML document. */
export function xmlAnswer(root: string, inner: string): Answer {
  return { status: 200, headers: { 'Content-Type': 'application/xml' }, body: xmlDocument(root, inner) }
}

/** An answer without a body. */
export function bareAnswer(status: number, headers: Record<string, string> = {}): Answer {
  return { status, headers, body: null }
}
