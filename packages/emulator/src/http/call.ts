import type { IncomingMessage } from 'node:http'
import type { OutcomeFault } from '../faults/fault.ts'
import type { Matchable } from '../faults/fault-rule.ts'
import type { MadeBy } from '../made-by.ts'
import type { Principal } from '../principals.ts'

/** One call while it is being answered. */
export interface Call extends Matchable {
  /** Its number in the request log. */
  n: number
  method: string
  /** As sent, without the query. */
  path: string
  query: URLSearchParams
  request: IncomingMessage
  /** Read whole by the snapshot APIs (null: too large); null for Object Storage, which streams it. */
  body: Buffer | null
  userAgent: string
  requestId: string
  /** Set once the call has proven who it is. */
  principal: Principal | null
  /** What the accepted call shall come to. */
  outcome: OutcomeFault | null
  /** Ids of what it made. */
  madeIds: string[]
}

/** The maker's mark for what this call makes. */
export function madeByCall(call: Call): MadeBy {
  const accessKey = call.principal?.credential.accessKey ?? 'anonymous'
  return { by: 'call', accessKey, userAgent: call.userAgent, request: call.n }
}

/** Who makes the call. Throws before the call has proven it. */
export function principalOf(call: Call): Principal {
  if (call.principal === null) throw new Error(`${call.operation} acts before it knows who asks`)
  return call.principal
}
