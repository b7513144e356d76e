import type { EventPage, EventView, MigrationPage, MigrationView } from '@snapferry/contracts'

/** An answer of the public API, whatever its status. */
export interface Answered<T> {
  readonly status: number
  readonly body: T
}

const ANSWER_MS = 15_000
const PAUSE_MS = 150
const EVENTS_PAGE = 1_000

/**
 * Asks until there is an answer that says something: an API that is being killed gives none, or 503, and the repeat has
 * the same Idempotency-Key. Null when there is none within `patienceMs`.
 */
export async function askUntilAnswered<T>(
  method: 'GET' | 'POST',
  url: string,
  o: { readonly patienceMs: number; readonly key?: string; readonly body?: object },
): Promise<Answered<T> | null> {
  const deadline = performance.now() + o.patienceMs
  while (performance.now() < deadline) {
    const answered = await ask<T>(method, url, o).catch(() => null)
    if (answered !== null && answered.status < 500 && answered.status !== 429) return answered
    await new Promise((next) => setTimeout(next, PAUSE_MS))
  }
  return null
}

async function ask<T>(
  method: string,
  url: string,
  o: { readonly key?: string; readonly body?: object },
): Promise<Answered<T>> {
  const headers = {
    ...(o.key === undefined ? {} : { 'idempotency-key': `"${o.key}"` }),
    ...(o.body === undefined ? {} : { 'content-type': 'application/json' }),
  }
  const answer = await fetch(url, {
    method,
    headers,
    signal: AbortSignal.timeout(ANSWER_MS),
    ...(o.body === undefined ? {} : { body: JSON.stringify(o.body) }),
  })
  return { status: answer.status, body: JSON.parse((await answer.text()) || 'null') }
}

/** Every migration in one state, page after page; null when the API does not answer. */
export async function listInState(apiUrl: string, state: string): Promise<readonly MigrationView[] | null> {
  const found: MigrationView[] = []
  for (let token = '', first = true; first || token !== ''; first = false) {
    const query = new URLSearchParams({ state, pageSize: '1000', ...(first ? {} : { pageToken: token }) })
    const page = await ask<MigrationPage>('GET', `${apiUrl}/v1/migrations?${query}`, {}).catch(() => null)
    if (page?.status !== 200) return null
    found.push(...page.body.items)
    token = page.body.nextPageToken
  }
  return found
}

/** One migration; null when the API knows none of this id. Throws when it does not answer at all. */
export async function readMigration(apiUrl: string, id: string): Promise<MigrationView | null> {
  const url = `${apiUrl}/v1/migrations/${id}`
  const answered = await askUntilAnswered<MigrationView>('GET', url, { patienceMs: ANSWER_MS })
  if (answered === null) throw new Error(`the API does not answer: ${url}`)
  if (answered.status === 404) return null
  if (answered.status !== 200) throw new Error(`the API answered ${answered.status} to ${url}`)
  return answered.body
}

/** The whole history of one migration. */
export async function readEvents(apiUrl: string, id: string): Promise<readonly EventView[]> {
  const found: EventView[] = []
  for (;;) {
    const url = `${apiUrl}/v1/migrations/${id}/events?after=${found.length}&limit=${EVENTS_PAGE}`
    const page = await askUntilAnswered<EventPage>('GET', url, { patienceMs: ANSWER_MS })
    if (page?.status !== 200) return found
    found.push(...page.body.items)
    if (page.body.items.length < EVENTS_PAGE) return found
  }
}
