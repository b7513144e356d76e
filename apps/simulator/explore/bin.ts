import { availableParallelism } from 'node:os'
import { exploreAll } from './crew.ts'
import { optionsOf, USAGE } from './options.ts'
import { heading, isGood, rowText, storiesOf, sumText } from './report.ts'

const options = optionsOf(process.argv.slice(2), availableParallelism())
if (typeof options === 'string') {
  console.log(options)
  process.exitCode = options === USAGE ? 0 : 2
} else {
  const startedMs = performance.now()
  const say = options.isJson ? () => {} : console.log
  say(heading())
  const all = await exploreAll(
    options,
    () => performance.now(),
    (explored) => say([rowText(explored), ...storiesOf(explored)].join('\n')),
    options.isJson ? undefined : console.error,
  )
  const tookMs = performance.now() - startedMs
  console.log(options.isJson ? JSON.stringify({ tookMs, scenes: all }) : sumText(all, tookMs))
  process.exitCode = isGood(all) ? 0 : 1
}
