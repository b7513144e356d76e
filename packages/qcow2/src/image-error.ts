import { type Rule, sentenceOf } from './rule.ts'

/** Thrown while reading an image that breaks a rule; `rule` says which, the message also where and what helps. */
export class ImageError extends Error {
  override readonly name = 'ImageError'
  readonly rule: Rule

  constructor(rule: Rule, text: string, options?: { cause: unknown }) {
    super(text, options)
    this.rule = rule
  }
}

/** An ImageError whose message is one sentence of the rule, the place and the fix. */
export function breach(rule: Rule, place: string, options?: { cause: unknown }): ImageError {
  return new ImageError(rule, sentenceOf(rule, place), options)
}
