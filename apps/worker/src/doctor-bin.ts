import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { asJson, printed } from './doctor/print.ts'
import { runDoctor } from './doctor/run-doctor.ts'
import { readDoctorConfig } from './doctor/setup.ts'

const HELP = `pnpm doctor [-- --json]

Checks the whole installation by its environment (see .env.example) and says what
is wrong and how to mend it. Reads only: nothing is written, neither at the
provider nor in Redis.

  --json      the findings as one JSON object
  -h, --help  this text

Exit codes: 0 nothing is wrong, 1 something is, 2 it could not look.
`

/** The exit codes, for scripts. */
const EXIT = { well: 0, ill: 1, blind: 2 } as const

async function main(): Promise<number> {
  const args = process.argv.slice(2).filter((arg) => arg !== '--')
  const options = { json: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } } as const
  const { values } = parseArgs({ args, options })
  if (values.help === true) {
    process.stdout.write(HELP)
    return EXIT.well
  }
  const config = readDoctorConfig(process.env, (path) => readFileSync(path, 'utf8'))
  const { setup, findings } = await runDoctor(config)
  process.stdout.write(`${values.json === true ? asJson(setup, findings) : printed(setup, findings)}\n`)
  return findings.some(({ mark }) => mark === 'bad') ? EXIT.ill : EXIT.well
}

try {
  process.exitCode = await main()
} catch (error) {
  process.stderr.write(
    `the doctor could not look: ${error instanceof Error ? error.message : String(error)}\n`,
  )
  process.exitCode = EXIT.blind
}
