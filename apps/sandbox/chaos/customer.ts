import { appendFileSync } from 'node:fs'
import type { MigrationView } from '@snapferry/contracts'
import { askUntilAnswered } from './api-client.ts'
import type { Order } from './load.ts'
import type { Bodies } from './world.ts'

/** One id that was answered 202: what the auditor is told. Times in milliseconds since 1970. */
export interface AcceptedId {
  readonly id: string
  readonly installation: string
  readonly answeredAt: number
}

/** What came of the orders. */
export interface Sales {
  readonly accepted: readonly AcceptedId[]
  /** Orders that were answered otherwise, or not at all, one sentence each. */
  readonly refused: readonly string[]
  readonly cancels: number
  readonly retries: number
}

/** What an order is sent with. */
export interface CustomerOptions {
  readonly bodies: Bodies
  readonly installations: readonly { readonly name: string; readonly apiUrl: string }[]
  /** Each id is written here at once, a line of JSON each. */
  readonly acceptedFile: string
  readonly seed: number
  readonly signal: AbortSignal
}

/** Who sends the orders at their times, cancels some, and asks for some anew. */
export interface Customer {
  readonly sales: Sales
  /** Resolves when every order was answered. */
  readonly done: Promise<void>
}

const PATIENCE_MS = 90_000

/** Begins to send. */
export function openCustomer(orders: readonly Order[], o: CustomerOptions): Customer {
  const sales = { accepted: [] as AcceptedId[], refused: [] as string[], cancels: 0, retries: 0 }
  const note = (id: string, installation: string): void => {
    if (sales.accepted.some((known) => known.id === id)) return
    const row = { id, installation, answeredAt: Date.now() }
    sales.accepted.push(row)
    appendFileSync(o.acceptedFile, `${JSON.stringify(row)}\n`)
  }
  const post = <T>(order: Order, path: string, what: string, body?: object) => {
    const place = o.installations[order.installation]
    if (place === undefined) throw new Error(`there is no installation ${order.installation}`)
    const key = `chaos-${o.seed}-${order.n}-${what}`
    return askUntilAnswered<T>('POST', `${place.apiUrl}/v1/migrations${path}`, {
      patienceMs: PATIENCE_MS,
      key,
      ...(body === undefined ? {} : { body }),
    })
  }
  const carry = async (order: Order): Promise<void> => {
    await sleep(order.atMs, o.signal)
    if (o.signal.aborted) return
    const place = o.installations[order.installation]?.name ?? ''
    const answered = await post<MigrationView>(order, '', 'create', o.bodies.get(order.n))
    if (answered?.status !== 202) {
      const words = JSON.stringify(answered?.body ?? 'no answer').slice(0, 300)
      return void sales.refused.push(`order ${order.n}: ${answered?.status ?? 'nothing'} ${words}`)
    }
    const { id } = answered.body
    note(id, place)
    if (order.cancelAfterMs === null) return
    await sleep(order.cancelAfterMs, o.signal)
    if ((await post(order, `/${id}/cancel`, 'cancel'))?.status === 202) sales.cancels++
    if (!order.retried) return
    await sleep(order.cancelAfterMs, o.signal)
    const anew = await post<MigrationView>(order, `/${id}/retry`, 'retry')
    if (anew?.status !== 202) return
    sales.retries++
    note(anew.body.id, place)
  }
  const done = Promise.all(orders.map(carry)).then(() => undefined)
  done.catch(() => undefined)
  return { sales, done }
}

/** Sleeps; ends early when the run is stopped. */
export function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve()
    const stop = (): void => {
      clearTimeout(timer)
      resolve()
    }
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop)
      resolve()
    }, ms)
    signal.addEventListener('abort', stop, { once: true })
  })
}
