import {
  CALLS_PER_SECOND_MAX,
  CALLS_PER_SECOND_MIN,
  CONCURRENT_MAX,
  GIGABYTES_MAX,
  HOLDS,
  REASON_LENGTH_MAX,
  WHY_CODES,
} from '@snapferry/contracts'
import { WHY } from '@snapferry/migration'

/** docs/limits.md: budgets, priorities, holds, drains, attention, and every reason to wait. */
export function limitsPage(): string {
  return [BUDGETS, holdsPart(), ATTENTION, whyPart()].join('\n')
}

const BUDGETS = `# Limits and holds

What Snapferry does at a time, what holds it up, and what to do then. \`api\` below is \`http://127.0.0.1:8080/v1\` or wherever
yours answers; outside the sandbox add \`-H "Authorization: Bearer $KEY"\`.

## Budgets

A budget limits how many exports or imports run at a time, or how many gigabytes of disks. There is one of the whole fleet,
one for each zone (of the source for exports, of the copy for imports), each backend (\`instance\` for l_ssd, \`block\` for sbs)
and each profile; work takes a place in all four at once or waits. Without a limit there is always a place, and nothing is
limited until somebody says so.

    curl -s -D- $api/budgets                       # limits, what is used, who waits; mind the ETag
    curl -s -X PUT $api/budgets -H 'content-type: application/json' -H 'If-Match: "<etag>"' -d '{"budgets": [
      {"work": "export", "concurrent": 8},
      {"work": "export", "zone": "fr-par-1", "concurrent": 4, "gigabytes": 2000},
      {"work": "import", "backend": "block", "concurrent": 6}]}'

* PUT wants the role \`admin\` and replaces all budgets: one that is left out, or has \`null\`, has no limit afterwards. The answer
  of GET can be sent back as it is. \`If-Match\` keeps two people from undoing each other's change; \`*\` overwrites.
* \`concurrent\` is 1 to ${grouped(CONCURRENT_MAX)}, \`gigabytes\` 1 to ${grouped(GIGABYTES_MAX)}. When anything is refused nothing is changed. To stop everything use a
  drain, not a budget of zero.
* A raised limit lets who waits go at once. A lowered one stops nothing that runs: \`used\` is above it until enough has ended.
* A disk that is larger than the gigabytes of its budget goes when nobody else is in it, and nobody joins it meanwhile.
* Order is by age, moved forward by \`priority\` (0 to 9 in \`POST /v1/migrations\`, default 0): each step is worth 15 minutes of
  waiting. So a migration of priority 9 overtakes what came up to 2 h 15 min before it, and nobody waits for ever. Nobody
  passes who comes later with the same rank, however small. A retry keeps the priority.
* A place is taken and left by the same script that changes the phase. A parked or ended migration has none; one that comes
  under a hold in the middle of its work keeps its place, for the provider works on. So does one that had taken its place and not
  begun: as long as a hold lasts, it may keep others, whom that hold does not cover, from a budget of the whole fleet. Give zones
  budgets of their own where that matters.
* Limits are kept in Redis with the journal. Every change is in the audit, with who made it and what was there before.

\`calls\` is how many calls of the provider a second the whole fleet makes for a profile, ${CALLS_PER_SECOND_MIN} to ${CALLS_PER_SECOND_MAX}. \`null\` is the default: 5
in the modes \`observe\` and \`armed\`, no limit in the sandbox. Left out of a PUT, the rates stay as they are.
`

function holdsPart(): string {
  const rows = Object.entries(HOLDS).map(
    ([kind, { means, waits, ends, fix }]) => `| \`${kind}\` | ${means} | ${waits} | ${ends} | ${fix} |`,
  )
  return `## Holds

What is wrong with the account is not a migration's fault. It puts up one *hold* on a profile, zone or bucket: migrations
under it wait with a \`why.code\` of \`hold-…\`, spend no attempts, and nothing is undone because of it. When it ends they all go on.

    curl -s $api/holds | jq '.items[] | {name, since, answered, affected, fix}'

| kind | what puts it up | what waits | what ends it | what to do |
|---|---|---|---|---|
${rows.join('\n')}

The first 403 for a kind of call that never worked here is no hold but a missing right, and fails that one migration.
\`affected.waiting\` counts those that came to the hold; who sleeps for another reason comes to it later. Ending an automatic
hold by hand (\`DELETE\`) lets everybody try again at once; when the cause still stands, so does the hold again.

### Drain

An operator's switch (role \`operator\`), for maintenance or before a risky change. It may be of the fleet, of one zone (as
source or target) or of one profile.

    curl -s $api/holds -H 'content-type: application/json' -d '{"scope": "fleet", "reason": "maintenance until 18:00"}'
    curl -s $api/holds -H 'content-type: application/json' -d '{"scope": {"zone": "fr-par-1"}, "reason": "unwell"}'
    curl -s $api/holds -H 'content-type: application/json' -d '{"scope": {"profile": "default"}, "reason": "new key"}'
    curl -s -X DELETE $api/holds/drain:fleet                      # ends it; the others: drain:zone/fr-par-1, drain:profile/default

Said again it changes its reason (1 to ${REASON_LENGTH_MAX} characters). It has drained when no migration is \`running\` with a \`why.code\` such as
\`exporting\` or \`importing\`. Who put it up and who ended it is in the audit.
`
}

const ATTENTION = `## Attention

A migration in \`needs_attention\` waits for a person. \`attention\` says since when, what happened, who can do something (\`caller\`,
\`operator\` or \`support\` of the provider) and what can be asked for:

| remedy | what it does |
|---|---|
| \`retry\` | goes on from the earliest phase whose proof no longer holds |
| \`cancel\` | undoes what was made, and ends it as \`cancelled\`; not offered once the copy is proven or it is being undone already |
| \`wait\` | nothing; at \`decidesTime\`, 72 h after it was parked, it is undone and ends as \`failed\` (a proven copy stays: \`succeeded\`) |

Meanwhile it holds no claim on its source and no place in a budget, and another migration may do the same work. Once a day the
worker logs \`needs attention\` with kind and remedies and counts \`snapferry_attention_reminders_total\`; \`nextReminderTime\` says when.
`

function whyPart(): string {
  const rows = Object.entries(WHY_CODES).map(
    ([code, text]) => `| \`${code}\` | ${text} | ${isWork(code) ? 'yes' : 'no'} |`,
  )
  return `## Why a migration waits

\`why\` has a code, a sentence about the case at hand, and since when. Time that the provider works counts towards the limit of
the phase; time in a line, under a hold, or while the provider is unwell counts for nothing.

| code | what it means | counts towards the limit of the phase? |
|---|---|---|
${rows.join('\n')}
`
}

/** A number with its thousands apart. */
function grouped(count: number): string {
  return count.toLocaleString('en-US')
}

function isWork(code: string): boolean {
  return new Map<string, boolean>(Object.entries(WHY)).get(code) === true
}
