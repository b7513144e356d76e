/** Lower case letters, digits, dots and hyphens, 3 to 63 of them; no underscore, no two dots in a row. */
export function isBucketName(name: string): boolean {
  return /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name) && !name.includes('..')
}
