import { fileURLToPath } from "node:url";

const PROJECT = new URL("../", import.meta.url);

/** A part of the gate: a process of its own. */
export interface TestJob {
  name: string;
  /** Of Deno. */
  args: string[];
  /** Where it runs, from the project's root. */
  directory?: string;
  /** Whether it is one check and no test runner. */
  isCheck?: boolean;
}

/** What became of a job. */
export interface Outcome {
  /** Everything that it printed, and then what it complained of. */
  output: string;
  passed: number;
  failed: number;
  /** Names of tests. */
  skipped: string[];
}

/** Runs a job to its end. */
export async function runJob(
  { args, directory = ".", isCheck = false }: TestJob,
): Promise<Outcome> {
  const child = new Deno.Command(Deno.execPath(), {
    args,
    cwd: fileURLToPath(new URL(`${directory}/`, PROJECT)),
    env: { NO_COLOR: "1" },
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const [{ success }, said, complained] = await Promise.all([
    child.status,
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  // One after the other: each comes in pieces that end anywhere in a line.
  const output = said + complained;
  return isCheck
    ? { output, passed: success ? 1 : 0, failed: success ? 0 : 1, skipped: [] }
    : { output, ...totalsOf(output, success) };
}

/** What the last lines of a test runner say. */
export function totalsOf(output: string, success: boolean): Omit<Outcome, "output"> {
  const summary = /^(?:ok|FAILED) \| (\d+) passed.*? \| (\d+) failed/m.exec(output);
  const failed = Number(summary?.[2] ?? 0);
  return {
    passed: Number(summary?.[1] ?? 0),
    // A check before the tests that failed, a runner that died without a summary, or with an error
    // outside of tests, did not pass.
    failed: !success && failed === 0 ? 1 : failed,
    skipped: [...output.matchAll(/^(.*) \.\.\. ignored \(/gm)].map(([, name]) => name!),
  };
}
