/** An API key and what it may touch. */
export interface Credential {
  /** `SCW` and 17 of A-Z0-9. */
  accessKey: string
  /** A UUID; also the `X-Auth-Token`. */
  secretKey: string
  organizationId: string
  /** Where the key acts when nothing else is said. */
  projectId: string
  /** Every project the key has rights on, `projectId` included. */
  projectIds: readonly string[]
  /** What bucket policies call the key's owner, as `user_id:<uuid>` or `application_id:<uuid>`. */
  policyName: string
}

/** Who makes a call, and in which project it acts. */
export interface Principal {
  credential: Credential
  projectId: string
}

/** One organisation, two projects the key may use, and one project (of another organisation) that it may not. */
export const SANDBOX_CREDENTIALS = {
  accessKey: 'SCWSANDBOX0000000000',
  secretKey: '5a4d0b0c-5a4d-4b0c-8a4d-0b0c5a4d0b0c',
  organizationId: '0a5c3d10-7b1e-4c55-9d57-2f6b8e4a1c01',
  projectId: '6e1f0b52-93a4-4f0c-8a2b-5d7c9e3f4a02',
  otherProjectId: '7f2a1c63-a4b5-4a1d-9b3c-6e8daf4a5b03',
  foreignProjectId: 'f0e1d2c3-b4a5-4968-8776-655443322110',
  foreignOrganizationId: 'e0d1c2b3-a495-4867-9758-463524130201',
} as const

/** The key of SANDBOX_CREDENTIALS as the emulator knows it. */
export const SANDBOX_CREDENTIAL: Credential = {
  accessKey: SANDBOX_CREDENTIALS.accessKey,
  secretKey: SANDBOX_CREDENTIALS.secretKey,
  organizationId: SANDBOX_CREDENTIALS.organizationId,
  projectId: SANDBOX_CREDENTIALS.projectId,
  projectIds: [SANDBOX_CREDENTIALS.projectId, SANDBOX_CREDENTIALS.otherProjectId],
  policyName: 'application_id:1d2c3b4a-5968-4776-8655-443322110f0e',
}

/** The organisation a project belongs to: that of a key which may use it, else the foreign one. */
export function organizationOf(projectId: string, credentials: readonly Credential[]): string {
  const owner = credentials.find((credential) => credential.projectIds.includes(projectId))
  return owner?.organizationId ?? SANDBOX_CREDENTIALS.foreignOrganizationId
}

/** Whether the principal has rights on the project. */
export function mayUse(principal: Principal, projectId: string): boolean {
  return principal.credential.projectIds.includes(projectId)
}
