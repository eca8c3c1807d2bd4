/**
 * Something the user can mend: shown as one line without a stack, exit code 1.
 *
 * @example
 * ```ts
 * throw new UserError("Cannot listen on port 54321: it is in use. Choose another with --port.");
 * ```
 */
export class UserError extends Error {
  override name = "UserError";
}
