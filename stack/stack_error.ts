/**
 * Why the local stack cannot start, in words for whoever started it: commands show it as one
 * line without a stack trace.
 */
export class StackError extends Error {
  override name = "StackError";
}
