import type { IncomingMessage } from 'node:http'

/**
 * What a careless provider says when it is asked wrongly: everything by which the caller proved who it is, plain and in
 * the forms that debug pages and proxies like to print.
 */
export function echoOf({ headers }: Pick<IncomingMessage, 'headers'>): string {
  const token = [headers['x-auth-token'] ?? ''].flat().join(',')
  const authorization = headers.authorization ?? ''
  const said = [token, /Credential=([^/,\s]+)/.exec(authorization)?.[1] ?? ''].filter((text) => text !== '')
  const forms = said.flatMap((text) => {
    const bytes = Buffer.from(text)
    const hex = bytes.toString('hex')
    return [
      `ending in ${text.slice(-8)}`,
      `base64 ${bytes.toString('base64')}`,
      `basic ${Buffer.from(`:${text}`).toString('base64')}`,
      `hex ${hex}`,
      `url ${hex.replace(/../g, '%$&')}`,
      `key ${text}`,
    ]
  })
  return [...forms, ...(authorization === '' ? [] : [`Authorization: ${authorization}`])].join('; ')
}
