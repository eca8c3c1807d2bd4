import { fileURLToPath } from "node:url";

const path = (name: string) => fileURLToPath(new URL(name, import.meta.url));

/** Milliseconds from opening the Trends view of a configuration to its drawn chart. */
export async function measureFirstChart(
  browserPath: string,
  databaseUrl: string,
  configurationId: string,
): Promise<number> {
  const { success, stdout } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "-A", "--config", path("../testing/tools/deno.json"), path("draw_first_chart.ts")],
      ...[browserPath, databaseUrl, configurationId],
    ],
    stderr: "inherit",
  }).output();
  if (!success) throw new Error("The first chart could not be measured: the reason is above.");
  return Number(new TextDecoder().decode(stdout));
}
