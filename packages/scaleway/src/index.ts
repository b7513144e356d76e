export type { Access, Credentials, Mode } from './access.ts'
export type { ArchivePlace } from './archive-objects.ts'
export { type CredentialSource, credentialSourceOf } from './credential-source.ts'
export type { BucketInspected, Inspector, LifecycleRule, ListedThere } from './inspector.ts'
export type { Resolve } from './local-lookup.ts'
export { NotLocalError } from './local-lookup.ts'
export type { Provider, ProviderOptions } from './provider.ts'
export { openProvider } from './provider.ts'
export { readAccess, readMode } from './read-access.ts'
export { SCALEWAY_ENV } from './scaleway-env.ts'
export type { RequestFact } from './setting.ts'
export {
  type CredentialFiles,
  type CredentialWatch,
  type CredentialWatchOptions,
  tailOf,
  watchCredentials,
} from './watch-credentials.ts'
