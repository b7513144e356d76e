import { CHECKS } from './checks.ts'
import type { Finding, Mark } from './finding.ts'
import type { Setup } from './sight.ts'

const SIGN: Readonly<Record<Mark, string>> = { good: '✔', bad: '✘', note: '!' }

/** The findings for people: a heading for each check, a sign before each line, the fix below it. */
export function printed(setup: Setup, findings: readonly Finding[]): string {
  const head = `Snapferry doctor: mode ${setup.mode}, installation ${setup.install}, ${setup.apiUrl}`
  const blocks = CHECKS.flatMap(({ name, title }) => {
    const own = findings.filter(({ check }) => check === name)
    return own.length === 0 ? [] : [`${title}\n${own.map(lineOf).join('\n')}`]
  })
  return [head, ...blocks, summaryOf(findings)].join('\n\n')
}

function lineOf({ mark, text, fix }: Finding): string {
  const line = `  ${SIGN[mark]} ${text}`
  return fix === null ? line : `${line}\n      → ${fix}`
}

function summaryOf(findings: readonly Finding[]): string {
  const count = (mark: Mark): number => findings.filter((finding) => finding.mark === mark).length
  const verdict = count('bad') === 0 ? 'Nothing is wrong.' : 'Something is wrong.'
  return `${verdict} ${count('good')} ✔  ${count('note')} !  ${count('bad')} ✘`
}

/** The same for programs; `ok` is what the exit code says. */
export function asJson(setup: Setup, findings: readonly Finding[]): string {
  const { buckets: _, ...told } = setup
  return JSON.stringify({ ok: findings.every(({ mark }) => mark !== 'bad'), ...told, findings }, null, 2)
}
