import type { Edit } from './copy-build.ts'

/** A build that lacks one rule of the protocol, and words of the promise that must be seen broken. */
export interface BrokenBuild {
  readonly name: string
  readonly edits: readonly Edit[]
  readonly breaks: RegExp
}

const MIGRATION = 'packages/migration/src'
const SIMULATOR = 'apps/simulator/src'

/** Rules, each left out of a build of its own. */
export const BROKEN_BUILDS: readonly BrokenBuild[] = [
  {
    name: 'look-up before create removed',
    edits: [
      {
        file: `${MIGRATION}/phases/create.ts`,
        find: `  const row = candidate(m, tagged.value)
  if (row !== null)
    return record('answer-found', {`,
        replace: `  const row = null as SnapshotSeen | null
  if (row !== null)
    return record('answer-found', {`,
      },
    ],
    breaks: /made nothing, and .* is shown/,
  },
  {
    name: 'look-up by name only',
    edits: [
      {
        file: `${SIMULATOR}/fleet/look-port.ts`,
        find: 'const tagged = cloud\n          .tagged(tag)',
        replace: `const tagged = [...cloud.rows.values()].filter(({ name }) => name === 'web-root' && tag !== '')`,
      },
    ],
    breaks: /instead of disk|of others|not listed|is older|is taken for (?:ready|good)/,
  },
  {
    name: '"object exists" as proof',
    edits: [
      {
        file: `${MIGRATION}/phases/export.ts`,
        find: `const complete = live.find((image) => image.header === 'good')`,
        replace: 'const complete = live.find((image) => image.bytes > 0)',
      },
      {
        file: `${MIGRATION}/phases/inspect.ts`,
        find: 'return look.value.good ? judged(m, look.value, policy, moment) : refused(m, look.value, policy, moment)',
        replace:
          'return judged(m, { sizeBytes: m.facts.sourceBytes, etag: m.facts.image.etag, ...look.value }, policy, moment)',
      },
    ],
    breaks: /is taken for an image/,
  },
  {
    name: 'placeholder accepted',
    edits: [
      {
        file: `${MIGRATION}/phases/export.ts`,
        find: `const complete = live.find((image) => image.header === 'good')`,
        replace: `const complete = live.find((image) => image.header !== 'bad')`,
      },
    ],
    breaks: /of 0 bytes is taken for an image/,
  },
  {
    name: 'CAS ignored',
    edits: [
      {
        file: `${SIMULATOR}/redis/append-row.ts`,
        find: ' || before.pulse.v !== row.pulse.v',
        replace: '',
      },
    ],
    breaks: /the record is not what its events say/,
  },
  {
    name: 'intent not appended',
    edits: [
      {
        file: `${MIGRATION}/step.ts`,
        find: 'if (decision.events.length === 0) return writing(',
        replace: 'if (decision.do) return writing(',
      },
    ],
    breaks: /was not announced/,
  },
  {
    name: 'verify-after-create removed',
    edits: [
      {
        file: `${MIGRATION}/phases/verify.ts`,
        find: '.filter(({ id }) => id !== row.id)',
        replace: '.filter(() => false)',
      },
    ],
    breaks: /is there and not listed/,
  },
  {
    name: 'oldest and newest swapped when two copies exist',
    edits: [
      {
        file: `${MIGRATION}/phases/create.ts`,
        find: 'a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1)',
        replace: 'b.createdAt - a.createdAt || (a.id < b.id ? 1 : -1)',
      },
    ],
    breaks: /was adopted, and .* is older/,
  },
  {
    name: 'undo not repeated after a crash',
    edits: [
      {
        file: `${MIGRATION}/remove.ts`,
        find: `(item) => (item.state === 'made' || item.state === 'disowned') && !isProvenCopy`,
        replace: `(item) => item.state === 'made' && !isProvenCopy`,
      },
    ],
    breaks: /^mig_\w+: \d+ events$|is there and not listed/,
  },
  {
    name: 'cancel lost during import',
    edits: [
      {
        file: `${MIGRATION}/apply.ts`,
        find: `return m.state === 'running' && !m.proven ? unwinding(m, m.phase, { ending: 'cancelled' }) : m`,
        replace: `return m.state === 'running' && !m.proven && m.phase !== 'import' ? unwinding(m, m.phase, { ending: 'cancelled' }) : m`,
      },
    ],
    breaks: /was cancelled in time and succeeded/,
  },
  {
    name: 'unknown state taken for success',
    edits: [
      {
        file: `${MIGRATION}/question.ts`,
        find: `row.state.kind === 'in-use'`,
        replace: `row.state.kind === 'in-use' || row.state.kind === 'unknown'`,
      },
      {
        file: `${MIGRATION}/phases/create.ts`,
        find: `    case 'available':
    case 'in-use':
`,
        replace: `    case 'available':
    case 'in-use':
    case 'unknown':
`,
      },
    ],
    breaks: /is taken for (ready|good)/,
  },
  {
    name: 'delete without its intent',
    edits: [
      {
        file: `${MIGRATION}/remove.ts`,
        find: `const announced = items.filter((item) => item.state === 'made' || item.state === 'kept')`,
        replace: 'const announced: Item[] = []',
      },
    ],
    breaks: /was not announced/,
  },
  {
    name: 'failure after the proof unwinds',
    edits: [
      {
        file: `${MIGRATION}/waiting.ts`,
        find: `return m.state === 'queued' || (m.state === 'running' && !m.proven)`,
        replace: `return m.state === 'queued' || m.state === 'running'`,
      },
      {
        file: `${MIGRATION}/apply.ts`,
        find: `if (next.state === 'unwinding' || (next.state === 'running' && next.proven)) return goingOn(next, event)`,
        replace: `if (next.state === 'unwinding') return goingOn(next, event)`,
      },
    ],
    breaks: /was proven, and it ended/,
  },
  {
    name: 'bare promote instead of the nudge set',
    edits: [
      {
        file: `${SIMULATOR}/fleet/job-queue.ts`,
        find: 'this.#jobs = memory.map()',
        replace: `this.#jobs = memory.map()
    memory.nudge = (id) => void (this.#jobs.has(id) ? this.promote(id) : this.add(id))`,
      },
    ],
    breaks: /a request was heard \d+ s late|stands under hold:/,
  },
  {
    name: 'several tags in one look-up',
    edits: [
      {
        file: `${SIMULATOR}/fleet/look-port.ts`,
        find: '.tagged(tag)\n',
        replace: `.tagged(tag)
          .concat([...cloud.rows.values()].filter(({ tags }) => tags.some((one) => one.startsWith('snapferry:source='))))
`,
      },
    ],
    breaks: /instead of disk|of others|not listed|is older|is taken for (?:ready|good)/,
  },
  {
    name: 'place not released at the end of unwinding',
    edits: [
      {
        file: `${SIMULATOR}/redis/append-row.ts`,
        find: `const released = had.filter((claim) => !has.includes(claim))`,
        replace: `const released = had.filter((claim) => !has.includes(claim) && before.record.state !== 'unwinding')`,
      },
    ],
    breaks: /ended and has a place in slot:/,
  },
  {
    name: 'a place more than the budget allows',
    edits: [
      {
        file: `${SIMULATOR}/redis/places.ts`,
        find: 'used + ahead >= concurrent',
        replace: 'used + ahead > concurrent',
      },
    ],
    breaks: /allows \d+, and at the provider run/,
  },
  {
    name: 'held failure that spends an attempt',
    edits: [
      {
        file: `${MIGRATION}/waiting.ts`,
        find: `if (held !== null) return { do: 'sleep', ...held }`,
        replace: `if (held !== null && held.hold.kind === 'circuit') return { do: 'sleep', ...held }`,
      },
    ],
    breaks: /for what is the account's/,
  },
  {
    name: 'hold that nobody ends who tried',
    edits: [
      {
        file: `${SIMULATOR}/redis/hold-table.ts`,
        find: `if (memory.holds.get(name)?.probe === by) liftHold(memory, name)`,
        replace: `if (memory.holds.get(name)?.probe !== by) liftHold(memory, name)`,
      },
    ],
    breaks: /long after the account is in order|^mig_\w+: 4000 runs$/,
  },
]
