/** What each role may do: every role may what the ones before it may. */
export const ROLES = ['viewer', 'operator', 'admin'] as const
/** A role of an API key. */
export type Role = (typeof ROLES)[number]

/** Whether a text names a role. */
export function isRole(text: string): text is Role {
  return ROLES.some((role) => role === text)
}

/** Whether a role reaches what is needed. */
export function reaches(role: Role, needed: Role): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(needed)
}
