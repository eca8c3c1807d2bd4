/**
 * A suffix for the name of a test that needs programs: empty when all are there, else the reason
 * why it is skipped.
 */
export async function reasonToSkip(...tools: string[]): Promise<string> {
  const missing = [];
  for (const tool of tools) {
    try {
      await new Deno.Command(tool, { args: ["--version"], stdout: "null", stderr: "null" })
        .output();
    } catch {
      missing.push(tool);
    }
  }
  return missing.length === 0 ? "" : ` (skipped: ${missing.join(", ")} not installed)`;
}
