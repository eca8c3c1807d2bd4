import type { Configuration } from "../client/documents.ts";

/**
 * The command that makes a version current or the baseline. Shown and not run: a public page
 * holds no key that may write.
 */
export function adminCommand(
  kind: "checkout" | "baseline",
  configuration: Configuration,
  version: number,
): string {
  const options: Record<string, string> = {
    model: configuration.model_version,
    dataset: configuration.dataset_version,
    prompt: configuration.prompt_version,
    environment: configuration.environment,
    version: String(version),
  };
  const words = Object.entries(options).map(([name, value]) => `--${name} ${quote(value)}`);
  return `deno task admin ${kind} ${words.join(" ")}`;
}

/** Names come from anywhere, and this line is pasted into a shell. */
function quote(text: string): string {
  return /^[\w./:@%+=-]+$/.test(text) && !text.startsWith("-")
    ? text
    : `'${text.replaceAll("'", `'\\''`)}'`;
}
