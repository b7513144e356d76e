import type { Call } from '../http/call.ts'

/** Which of Block's two versions the call speaks. */
export function versionOf(call: Call): 'v1' | 'v1alpha1' {
  return call.path.startsWith('/block/v1alpha1/') ? 'v1alpha1' : 'v1'
}
