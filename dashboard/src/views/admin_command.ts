import { quote } from "shell-quote";
import type { Configuration } from "../client/documents.ts";

/**
 * The command that makes a version current or the baseline. Shown and not run: a public page
 * holds no key that may write. Names come from anywhere, and the line is pasted into a shell.
 */
export function adminCommand(
  kind: "checkout" | "baseline",
  configuration: Configuration,
  version: number,
): string {
  const options: [name: string, value: string][] = [
    ["--model", configuration.model_version],
    ["--dataset", configuration.dataset_version],
    ["--prompt", configuration.prompt_version],
    ["--environment", configuration.environment],
    ["--variant", configuration.variant],
    ["--version", String(version)],
  ];
  const words = options.filter(([, value]) => value !== "").flatMap(([name, value]) =>
    // Apart, a value that begins with a dash would be taken for an option.
    value.startsWith("-") ? `${name}=${value}` : [name, value]
  );
  return `deno task admin ${kind} ${quote(words)}`;
}
