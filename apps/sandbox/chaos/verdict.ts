import type { Evidence, Row } from './evidence.ts'
import { judgeFaults } from './judge-faults.ts'
import { judgeRecovery } from './judge-recovery.ts'
import { judgeThings } from './judge-things.ts'

/** A part of the verdict under its heading. */
export interface Part {
  readonly title: string
  readonly rows: readonly Row[]
}

/** The whole verdict. Pure: the same evidence, the same rows. */
export function judge(evidence: Evidence): readonly Part[] {
  return [
    { title: 'What came of it', rows: judgeThings(evidence) },
    { title: 'How long things stayed in doubt', rows: judgeRecovery(evidence) },
    { title: 'What struck', rows: judgeFaults(evidence) },
  ]
}

/** Whether every row is as it must be. */
export function isGood(parts: readonly Part[]): boolean {
  return parts.every(({ rows }) => rows.every(({ good }) => good))
}

const FINDS_MAX = 12

/** The verdict for people: a line for each row, then every finding, at most 12 of a row. */
export function verdictText(parts: readonly Part[]): string {
  const all = parts.flatMap(({ rows }) => rows)
  const width = Math.max(...all.map(({ name }) => name.length))
  const middle = Math.max(...all.map(({ found }) => found.length))
  const lines = parts.flatMap(({ title, rows }) => [
    '',
    title,
    ...rows.map(
      ({ name, found, limit, good, isSetting }) =>
        `  ${good ? (isSetting ? '·' : '✔') : '✘'} ${name.padEnd(width)}  ${found.padEnd(middle)}  ${limit}`,
    ),
  ])
  const finds = all.flatMap(({ name, finds: sentences }) => {
    if (sentences.length === 0) return []
    const more = sentences.length - FINDS_MAX
    return ['', `✘ ${name}`, ...sentences.slice(0, FINDS_MAX).map((one) => `    ${one}`)].concat(
      more > 0 ? [`    and ${more} more`] : [],
    )
  })
  return [...lines, ...finds].join('\n').trimStart()
}
