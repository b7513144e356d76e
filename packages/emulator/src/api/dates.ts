/** Instance v1's dates: microseconds and `+00:00`. */
export function instanceDate(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, -1)}000+00:00`
}

/** Block's dates: microseconds and `Z`. */
export function blockDate(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, -1)}000Z`
}
