import { runArchive } from './archive/run-archive.ts'

process.exitCode = await runArchive(process.argv.slice(2), {
  env: process.env,
  say: (line) => void process.stdout.write(`${line}\n`),
  tell: (line) => void process.stderr.write(`${line}\n`),
})
