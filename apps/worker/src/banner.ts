import { type Access, tailOf } from '@snapferry/scaleway'

/** What the mode of a process means, for whoever reads its first lines. */
const MEANS = {
  sandbox: 'the provider is emulated; nothing reaches Scaleway',
  observe: 'the real provider is read and nothing is written to it',
  armed: 'the real provider; migrations are carried out',
} as const

/** One line: mode, installation, where the provider is and which key is shown to it. */
export function bannerOf({ access, install }: { readonly access: Access; readonly install: string }): string {
  const { mode, apiUrl, accessKey } = access
  const key = mode === 'sandbox' ? '' : `, key ${tailOf(accessKey)}`
  return `Snapferry ${mode}: ${MEANS[mode]} (installation ${install}, ${apiUrl}${key})`
}
