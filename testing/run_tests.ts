// The one gate: format, lint, types and every test. Ends with `N passed, N failed, N skipped`.
// A skipped test fails the run where CI=true, unless its name calls it optional.

interface Totals {
  passed: number;
  failed: number;
  skipped: string[];
}

const totals: Totals = { passed: 0, failed: 0, skipped: [] };

await runCheck("format", ["fmt", "--check", "--quiet"]);
await runCheck("lint", ["lint", "--quiet"]);
await runCheck("types", ["check", "--quiet", "."]);
await runTests(["test", "-A", "--quiet", "--no-check"], ".");
// They have packages of their own and so are checked by themselves: nobody who starts the stack should
// have to download vendors' SDKs and a browser's driver, and the dashboard is for a browser.
for (
  const directory of [
    "dashboard",
    "scripts/generate",
    "scripts/mcp",
    "testing/parquet_reader",
    "testing/tools",
  ]
) {
  await runTests(["task", "--quiet", "check"], directory);
}

if (totals.skipped.length > 0) {
  console.log("\nSkipped:");
  for (const name of totals.skipped) console.log(`  ${name}`);
}
const missing = totals.skipped.filter((name) => !name.includes("(skipped, optional:"));
const isRefused = Deno.env.get("CI") === "true" && missing.length > 0;
if (isRefused) console.log("With CI=true a skipped test is a failure.");
const failed = totals.failed + (isRefused ? missing.length : 0);
const skipped = totals.skipped.length - (isRefused ? missing.length : 0);
console.log(`\n${totals.passed} passed, ${failed} failed, ${skipped} skipped`);
Deno.exit(failed === 0 ? 0 : 1);

/** A check of the whole tree counts as one test. */
async function runCheck(name: string, args: string[]): Promise<void> {
  const { success } = await new Deno.Command(Deno.execPath(), {
    args,
    stdout: "inherit",
    stderr: "inherit",
  }).output();
  console.log(`${name} ... ${success ? "ok" : "FAILED"}`);
  if (success) totals.passed++;
  else totals.failed++;
}

/** Passes the output of a test runner on and reads its last line. */
async function runTests(args: string[], directory: string): Promise<void> {
  const child = new Deno.Command(Deno.execPath(), {
    args,
    cwd: new URL(`../${directory}/`, import.meta.url),
    env: { NO_COLOR: "1" },
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  let output = "";
  for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
    output += text;
    await Deno.stdout.write(new TextEncoder().encode(text));
  }
  const { success } = await child.status;
  for (const [, name] of output.matchAll(/^(.*) \.\.\. ignored \(/gm)) totals.skipped.push(name!);
  const summary = /^(?:ok|FAILED) \| (\d+) passed.*? \| (\d+) failed/m.exec(output);
  totals.passed += Number(summary?.[1] ?? 0);
  totals.failed += Number(summary?.[2] ?? 0);
  // A check before the tests that failed, a runner that died without a summary, or with an error
  // outside of tests, did not pass.
  if (!success && !(Number(summary?.[2]) > 0)) totals.failed++;
}
