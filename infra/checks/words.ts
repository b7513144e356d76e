import { isTest, type SourceFile } from './house.ts'

interface Rule {
  readonly finds: RegExp
  readonly where: (path: string) => boolean
  readonly repair: string
}

const anywhere = () => true
const host = (...parts: readonly string[]) => parts.join('\\.')
/** Machines that packages come from: which one is asked is the affair of whoever installs. */
const REGISTRIES = [
  host('registry', 'npmjs', 'org'),
  host('registry', 'yarnpkg', 'com'),
  host('deb', 'debian', 'org'),
  host('archive', 'ubuntu', 'com'),
  host('npm', 'pkg', 'github', 'com'),
]

const RULES: readonly Rule[] = [
  {
    finds: new RegExp(`(?<![\\w.}])/${'work'}/(?!\\$|<)(main|shared|notes|\\.library)`),
    where: anywhere,
    repair: 'a path of one machine; say it relative to the repository',
  },
  {
    finds: new RegExp(REGISTRIES.join('|')),
    where: anywhere,
    repair: 'a registry by its host; leave it to the configuration',
  },
  {
    finds: /\b(?:describe|it|test|suite)(?:\.\w+)*\.(?:only|skip|todo|skipIf|runIf|fails)\b/,
    where: isTest,
    repair: 'a test that does not always run; run it or remove it',
  },
  {
    finds: new RegExp(`\\b(?:${['TO', 'DO'].join('')}|${['FIX', 'ME'].join('')})\\b`),
    where: anywhere,
    repair: 'deferred work; do it, or open an issue',
  },
]

/** Every line that says what no line may say, one sentence each; none is good. */
export function forbiddenWords(files: readonly SourceFile[]): string[] {
  return files.flatMap(({ path, text }) =>
    text.split('\n').flatMap((line, at) =>
      RULES.flatMap(({ finds, where, repair }) => {
        const word = where(path) ? finds.exec(line)?.[0] : undefined
        return word === undefined ? [] : [`${path}:${at + 1} says "${word}": ${repair}.`]
      }),
    ),
  )
}
