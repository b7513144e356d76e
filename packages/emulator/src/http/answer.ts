/** An answer on its way to the wire. */
export interface Answer {
  status: number
  headers: Record<string, string>
  body: string | Uint8Array | AsyncIterable<Uint8Array> | null
}

/** Thrown by the check that refuses a call, caught in one place, which sends the answer. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly answer: Answer

  constructor(answer: Answer) {
    super(typeof answer.body === 'string' ? answer.body : `http ${answer.status}`)
    this.answer = answer
  }
}
