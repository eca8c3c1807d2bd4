import { fileURLToPath } from "node:url";
import { median } from "./median.ts";

const FUNCTION = fileURLToPath(
  new URL("../supabase/functions/ingest-benchmark/index.ts", import.meta.url),
);

/**
 * Milliseconds that importing the function takes over an empty module, as whole processes in
 * turn, so that a machine whose speed drifts does so for both.
 *
 * @param codeCache Whether compiled code of earlier starts may be used.
 */
export async function measureColdImport(codeCache: boolean, rounds: number): Promise<number> {
  const empty = await Deno.makeTempFile({ suffix: ".ts" });
  const differences: number[] = [];
  for (let round = 0; round <= rounds; round++) {
    const difference = await timeImport(FUNCTION, codeCache) - await timeImport(empty, codeCache);
    if (round > 0) differences.push(difference); // the first one fills the caches
  }
  await Deno.remove(empty);
  return median(differences);
}

async function timeImport(module: string, codeCache: boolean): Promise<number> {
  const startedAt = performance.now();
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", ...(codeCache ? [] : ["--no-code-cache"]), module],
    env: { SUPABASE_URL: "http://127.0.0.1:1", SUPABASE_SECRET_KEY: "sb_secret_bench" },
    stdout: "null",
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  return performance.now() - startedAt;
}
