/**
 * A line of what a server said, or of names that strangers gave, for the terminal and for the log of
 * a job: without characters that move the cursor, and no command of a runner, which is a line that
 * begins with `::` or holds `##[`.
 */
export function inertLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\u2028\u2029]/gu, " ").replaceAll("##[", "# #[")
    .replace(/^(\s*)::/, "$1: :");
}
