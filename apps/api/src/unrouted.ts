import { randomUUID } from 'node:crypto'
import type { Socket } from 'node:net'
import { PROBLEM_TYPE } from '@snapferry/contracts'
import type { FastifyInstance } from 'fastify'
import { problemOf, sendProblem } from './problems.ts'

/** Answers 404 for an unknown path and 405 with Allow for a known one. Call before routes are registered. */
export function answerUnrouted(app: FastifyInstance): void {
  const routes: { readonly path: RegExp; readonly methods: readonly string[] }[] = []
  app.addHook('onRoute', ({ url, method }) => {
    // A wildcard route is everything below a folder, which says nothing about methods.
    if (!url.includes('*')) routes.push({ path: pathOf(url), methods: [method].flat() })
  })
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?')[0] ?? ''
    const methods = new Set(routes.flatMap((route) => (route.path.test(path) ? route.methods : [])))
    if (methods.size === 0)
      return sendProblem(request, reply, {
        code: 'no_such_route',
        detail: `Nothing is at ${path.slice(0, 200)}.`,
      })
    const allow = [...methods].join(', ')
    const detail = `${request.method} is not for this path; ${allow} is.`
    return sendProblem(request, reply, { code: 'method_not_allowed', detail, headers: { allow } })
  })
}

function pathOf(url: string): RegExp {
  const parts = url
    .split('/')
    .map((part) => (part.startsWith(':') ? '[^/]+' : part.replace(/[.+?^${}()|[\]\\]/g, '\\$&')))
  return new RegExp(`^${parts.join('/')}$`)
}

/** Answers what is not HTTP at all, before there is a request. */
export function answerBadHttp(socket: Socket): void {
  if (!socket.writable) return void socket.destroy()
  const body = JSON.stringify(
    problemOf({ code: 'malformed_request', detail: 'This is not a request of HTTP/1.1.' }, randomUUID()),
  )
  socket.end(
    `HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Type: ${PROBLEM_TYPE}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  )
}
