import { bad, good, type Result } from '@snapferry/migration'

/** The address of a service: http or https, no user, query or fragment, no slash at the end; may have a path. */
export function readEndpoint(text: string): Result<URL, string> {
  if (!URL.canParse(text)) return bad('is no URL')
  const url = new URL(text)
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return bad('must begin with https:// or http://')
  if (url.username !== '' || url.password !== '') return bad('must not hold a user or password')
  if (url.search !== '' || url.hash !== '') return bad('must not hold a query or fragment')
  if (text.endsWith('/')) return bad('must not end with a slash')
  return good(url)
}

const HERE = new Set(['localhost', '127.0.0.1', '[::1]'])

/** Whether secrets may travel there: by https, or to this machine. */
export function isSafeFor(url: URL): boolean {
  return url.protocol === 'https:' || HERE.has(url.hostname)
}

/** The endpoint of a region, by a template that may hold `{region}`. */
export function regionEndpoint(template: string, region: string): string {
  return template.replaceAll('{region}', region)
}

/** Whether a text has the form of a region: only such a text may become part of a host name. */
export function isRegionName(text: string): boolean {
  return /^[a-z]{2}-[a-z]{3}$/.test(text)
}
