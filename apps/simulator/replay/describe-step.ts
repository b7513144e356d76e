import type { EventBody, Migration, Step } from '@snapferry/migration'
import { answerLines, seenLines } from './describe-seen.ts'

/** What every line of a step begins with, as wide as the longest. */
const WIDTH = 9
/** Facts of an event that stand elsewhere: in the plan, or in the head of the step. */
const LEFT_OUT = new Set(['type', 'at', 'basis', 'plan', 'id', 'redisRun'])

/** One step for people: what was seen, what was decided and why, and what today's code makes of it. */
export function stepLines(step: Step, startedAt: number): readonly string[] {
  const { number, events, before, after, seen, answer, because } = step
  const last = number + events.length - 1
  const at = events[0]?.at ?? startedAt
  const lines = [
    `${last === number ? `event ${number}` : `events ${number} to ${last}`} · ${new Date(at).toISOString()} · +${((at - startedAt) / 1_000).toFixed(1)} s`,
    `${standing(before)} → ${standing(after)}`,
    ...block('seen', seen === null ? [] : seenLines(seen)),
    ...(step.isSeenAsBefore ? block('', ['(the same as before)']) : []),
    ...block('answer', answer === null ? [] : answerLines(answer)),
    ...block(step.kind === 'person' ? 'asked' : 'decided', events.map(eventLine)),
    ...block('why', [whyLine(step)]),
    ...(because === null ? [] : block('today', todayLines(step))),
    ...(because === null && step.differs !== null ? block('today', [`DIFFERS: ${step.differs}`]) : []),
  ]
  return lines.map(printable)
}

function whyLine({ kind, because }: Step): string {
  if (because !== null) return `${because.rule}: ${because.text}`
  return kind === 'person' ? 'a person asked for it' : 'no basis was kept'
}

function todayLines({ differs, today }: Step): readonly string[] {
  if (differs === null) return ['the same']
  const decided = today === null || today.problem !== null ? [] : today.events.map(eventLine)
  const why = today?.because ? [`why: ${today.because.rule}: ${today.because.text}`] : []
  return [`DIFFERS: ${differs}`, ...decided, ...why]
}

/** State, phase, attempt and what is open, of a record. */
function standing(m: Migration | null): string {
  if (m === null) return 'nothing'
  const phase = 'phase' in m && m.phase !== null ? ` in ${m.phase}` : ''
  const proven = m.state === 'running' && m.proven ? ', proven' : ''
  const intent = m.intent === null ? '' : `, ${m.intent.id} open`
  return `${m.state}${phase}, round ${m.round}, attempt ${m.attempt} of ${m.attemptsMax}${proven}${intent}`
}

/** An event in one line: its name, and its facts as they are. */
export function eventLine(event: EventBody): string {
  const facts = Object.entries(event).filter(([name]) => !LEFT_OUT.has(name))
  return [event.type, ...facts.map(([name, value]) => `${name} ${short(value)}`)].join(' · ')
}

function short(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function block(name: string, lines: readonly string[]): readonly string[] {
  return lines.map((line, at) => `${(at === 0 ? name : '').padEnd(WIDTH)}${line}`)
}

/** A file may hold anything: nothing of it may speak to the terminal. */
function printable(line: string): string {
  return line.replace(/\p{Cc}|\p{Cf}/gu, '·')
}
