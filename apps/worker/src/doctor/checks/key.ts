import { fine, note, type Said, wrong } from '../finding.ts'
import type { Sight } from '../sight.ts'
import { wordsOf } from './words-of.ts'

/** Whether the provider takes the key: any answer to a list says so. */
export function checkKey({ setup, zones, buckets }: Sight): readonly Said[] {
  const { keyTail, mode, apiUrl } = setup
  const failures = zones.flatMap(({ answer }) => (answer.ok ? [] : [answer.failure]))
  const refused = failures.find(({ kind }) => kind === 'credentials')
  // A HEAD has no body: only the others say why they were refused.
  const storage = buckets
    .flatMap(({ seen }) => [seen.listing, seen.policy, seen.lifecycle])
    .flatMap((answer) => (answer.ok ? [] : [answer.failure]))
  const unsigned = storage.find(({ kind }) => kind === 'credentials')
  const said: Said[] = []
  if (refused !== undefined)
    said.push(
      wrong(
        `key ${keyTail} is not taken: ${wordsOf(refused)}`,
        'make a new API key in the console (IAM, API keys) and give both of its halves',
      ),
    )
  else if (zones.some(({ answer }) => answer.ok || answer.failure.status !== null))
    said.push(fine(`key ${keyTail} is taken by ${apiUrl} (mode ${mode})`))
  else
    said.push(
      note(`whether key ${keyTail} is good nobody told: ${apiUrl} does not answer`, 'see the zones below'),
    )
  if (unsigned !== undefined)
    said.push(
      wrong(
        `Object Storage does not take key ${keyTail}: ${wordsOf(unsigned)}`,
        'access key and secret key must be the two halves of one API key, and the clock must be right',
      ),
    )
  return said
}
