import type { IncomingMessage, ServerResponse } from 'node:http'
import { readBody } from '../http/read-body.ts'
import type { Admin } from './admin.ts'
import { BadWish } from './bad-wish.ts'

/** A wish of at most 64 MB: seeded objects may bring their bytes along. */
const BODY_BYTES_MAX = 64_000_000

/** One admin request: `wish` is its JSON body, `id` the rest of the path behind the first part. */
interface Asked {
  /** Taken as what the row expects; the admin checks each member where it grants it. */
  wish: <T extends object>() => T
  query: URLSearchParams
  id: string
}

type Row = (admin: Admin, asked: Asked) => unknown

/** `METHOD /path` below /admin. */
export const ADMIN_ROWS: Readonly<Record<string, Row>> = {
  'GET /clock': (admin) => ({ nowMs: admin.nowMs() }),
  'POST /clock': (admin, { wish }) => moveClock(admin, wish()),
  'POST /seed/snapshot': (admin, { wish }) => admin.seedSnapshot(wish()),
  'POST /seed/volume': (admin, { wish }) => admin.seedVolume(wish()),
  'POST /seed/bucket': (admin, { wish }) => admin.seedBucket(wish()),
  'POST /seed/object': (admin, { wish }) => admin.seedObject(wish()),
  'GET /census': (admin, { query }) => admin.census({ digests: query.get('digests') === '1' }),
  'GET /digest/{id}': async (admin, { id }) => ({ digest: await admin.digest(id) }),
  'GET /image-digest/{bucket}/{key}': async (admin, { id }) => {
    const [, bucket = '', key = ''] = /^([^/]+)\/(.+)$/.exec(id) ?? []
    return { digest: await admin.imageDigest({ bucket, key }) }
  },
  'GET /requests': (admin, { query }) => admin.requests(Number(query.get('after') ?? 0)),
  'DELETE /requests': (admin) => admin.forgetRequests(),
  'GET /counts': (admin) => admin.counts(),
  'GET /faults': (admin) => admin.faults(),
  'POST /faults': (admin, { wish }) => admin.armFault(wish()),
  'DELETE /faults': (admin) => admin.clearFaults(),
  'DELETE /faults/{id}': (admin, { id }) => admin.clearFaults(id),
  'GET /rules': (admin) => admin.rules(),
  'PATCH /rules': (admin, { wish }) => {
    admin.setRules(wish())
    return admin.rules()
  },
  'POST /turn': (admin, { wish }) => admin.turn(wish()),
}

/** Answers one request below /admin: JSON in, JSON out, no password (loopback only), not in the request log. */
export async function answerAdmin(
  admin: Admin,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://admin')
  try {
    const path = decodeURIComponent(url.pathname.slice('/admin'.length))
    const found = rowFor(request.method ?? 'GET', path)
    if (found === null) {
      const rows = Object.keys(ADMIN_ROWS).join(', ')
      return send(response, 404, { error: `there is no ${request.method} /admin${path}; there are ${rows}` })
    }
    const body = await readWish(request)
    const answer = await found.row(admin, { wish: () => taken(body), query: url.searchParams, id: found.id })
    send(response, 200, answer ?? {})
  } catch (cause) {
    const isWish = cause instanceof BadWish || cause instanceof RangeError || cause instanceof URIError
    send(response, isWish ? 400 : 500, { error: cause instanceof Error ? cause.message : String(cause) })
  }
}

async function moveClock(
  admin: Admin,
  wish: { setMs?: unknown; advanceMs?: unknown },
): Promise<{ nowMs: number }> {
  if (typeof wish.setMs === 'number') await admin.setClock(wish.setMs)
  else if (typeof wish.advanceMs === 'number') await admin.advance(wish.advanceMs)
  else throw new BadWish('advanceMs or setMs is needed')
  return { nowMs: admin.nowMs() }
}

function rowFor(method: string, path: string): { row: Row; id: string } | null {
  const exact = ADMIN_ROWS[`${method} ${path}`]
  if (exact !== undefined) return { row: exact, id: '' }
  const [, head, id = ''] = /^(\/[^/]+)\/(.+)$/.exec(path) ?? []
  const name = Object.keys(ADMIN_ROWS).find((one) => one.startsWith(`${method} ${head}/{`))
  const row = name === undefined ? undefined : ADMIN_ROWS[name]
  return row === undefined ? null : { row, id }
}

async function readWish(request: IncomingMessage): Promise<object> {
  const body = await readBody(request, BODY_BYTES_MAX)
  if (body === null) throw new BadWish('the body is too large')
  if (body.length === 0) return {}
  const wish = parse(body.toString('utf8'))
  if (typeof wish !== 'object' || wish === null) throw new BadWish('the body is no JSON object')
  return wish
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

/** The one place where a body is believed to be what its row expects. */
function taken<T extends object>(body: object): T {
  return body as T
}

function send(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(value))
}
