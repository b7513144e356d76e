import type { Migration } from './migration.ts'

/** What a request to cancel meets. `too-late`: the copy is proven. `noted`: it is being undone already. */
export function requestCancel(m: Migration): 'allowed' | 'too-late' | 'ended' | 'noted' {
  switch (m.state) {
    case 'queued':
      return 'allowed'
    case 'running':
      return m.proven ? 'too-late' : 'allowed'
    case 'needs_attention':
      return m.parkedFrom === 'proven' ? 'too-late' : 'allowed'
    case 'unwinding':
      return 'noted'
    case 'succeeded':
    case 'failed':
    case 'cancelled':
      return 'ended'
  }
}

/** What a request to retry meets: a parked migration goes on, an undone one is made anew, anything else is refused. */
export function requestRetry(m: Migration): 'resume' | 'anew' | 'refused' {
  switch (m.state) {
    case 'needs_attention':
      return 'resume'
    case 'failed':
    case 'cancelled':
      return 'anew'
    case 'queued':
    case 'running':
    case 'unwinding':
    case 'succeeded':
      return 'refused'
  }
}
