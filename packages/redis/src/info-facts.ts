/** Looks up the lines `name:value` of INFO; '' for a name that is missing. */
export function factsOf(info: string): (name: string) => string {
  const facts = new Map(
    info.split(/\r?\n/).flatMap((line): [string, string][] => {
      const at = line.indexOf(':')
      return at > 0 && !line.startsWith('#') ? [[line.slice(0, at), line.slice(at + 1).trim()]] : []
    }),
  )
  return (name) => facts.get(name) ?? ''
}
