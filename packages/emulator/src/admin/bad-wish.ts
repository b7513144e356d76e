/** Thrown for an admin's wish that cannot be granted; the admin routes answer it with 400 and the sentence. */
export class BadWish extends Error {
  override readonly name = 'BadWish'
}
