// The one gate: format, lint, types and every test, two processes at a time. Ends with
// `N passed, N failed, N skipped`. A skipped test fails the run where CI=true, unless its name calls it
// optional.
import { type Outcome, runJob, type TestJob } from "./test_job.ts";

/** Most tests wait for other processes half of the time; with more at once some miss their limits. */
const AT_ONCE = 2;

const TEST = ["test", "-A", "--quiet", "--no-check"];
/** Long ones of the root, each by itself, so that they run beside each other. */
const LONG = ["scripts", "supabase/tests", "supabase/functions", ".github"];
/**
 * They have packages of their own and so are checked by themselves: nobody who starts the stack should
 * have to download vendors' SDKs and a browser's driver, and the dashboard is for a browser.
 */
const OWN_PACKAGES = [
  "testing/tools",
  "scripts/mcp",
  "scripts/generate",
  "dashboard",
  "testing/parquet_reader",
];

const { exclude } = JSON.parse(await Deno.readTextFile(new URL("../deno.json", import.meta.url)));

// The longest first: what is left at the end is short, and no core waits for the other.
const jobs: TestJob[] = [
  { name: "format", args: ["fmt", "--check", "--quiet"], isCheck: true },
  { name: "lint", args: ["lint", "--quiet"], isCheck: true },
  { name: "types", args: ["check", "--quiet", "."], isCheck: true },
  ...LONG.slice(0, 1).map(ofRoot),
  // It waits for a browser more than it computes, and so lets what runs beside it.
  ...OWN_PACKAGES.slice(0, 1).map(ofPackage),
  ...LONG.slice(1).map(ofRoot),
  // Whatever is in no folder that is named here. The option comes in the place of what is excluded.
  { name: "the rest", args: [...TEST, `--ignore=${[...LONG, ...exclude].join()}`] },
  ...OWN_PACKAGES.slice(1).map(ofPackage),
];

function ofRoot(name: string): TestJob {
  return { name, args: [...TEST, name] };
}

function ofPackage(directory: string): TestJob {
  return { name: directory, args: ["task", "--quiet", "check"], directory };
}

const startedAt = performance.now();
const outcomes: Outcome[] = [];
const waiting = [...jobs];
await Promise.all(Array.from({ length: AT_ONCE }, async () => {
  for (let job = waiting.shift(); job !== undefined; job = waiting.shift()) {
    const outcome = await runJob(job);
    outcomes.push(outcome);
    // As a whole: what runs beside it must not cut through its lines.
    await Deno.stdout.write(new TextEncoder().encode(describe(job, outcome)));
  }
}));

const skipped = outcomes.flatMap((outcome) => outcome.skipped);
if (skipped.length > 0) console.log(["\nSkipped:", ...skipped].join("\n  "));
const missing = skipped.filter((name) => !name.includes("(skipped, optional:"));
const isRefused = Deno.env.get("CI") === "true" && missing.length > 0;
if (isRefused) console.log("With CI=true a skipped test is a failure.");
const refused = isRefused ? missing.length : 0;
const passed = outcomes.reduce((sum, outcome) => sum + outcome.passed, 0);
const failed = outcomes.reduce((sum, outcome) => sum + outcome.failed, refused);
console.log(`\n${passed} passed, ${failed} failed, ${skipped.length - refused} skipped`);
Deno.exit(failed === 0 ? 0 : 1);

function describe({ name, isCheck }: TestJob, { output, failed }: Outcome): string {
  const seconds = Math.round((performance.now() - startedAt) / 1000);
  const state = `${name} ... ${failed === 0 ? "ok" : "FAILED"} (at ${seconds} s)\n`;
  return isCheck ? output + state : `\n${output.trim()}\n${state}`;
}
