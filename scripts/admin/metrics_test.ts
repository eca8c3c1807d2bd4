import assert from "node:assert/strict";
import { runScript } from "../../testing/run_script.ts";
import { startStackProcess } from "../../testing/stack_process.ts";

Deno.test("admin metric set says what a metric is, a part at a time, and list shows it", async () => {
  const dataDirectory = await Deno.makeTempDir();
  const stack = await startStackProcess({ dataDirectory, args: ["--no-sample"] });
  const metric = (...args: string[]) =>
    runScript("admin", ["metric", ...args, "--data-dir", dataDirectory]);
  const set = (...args: string[]) => metric("set", "--metric", "tokens/input", ...args);

  const first = await set("--label", "Input tokens", "--better", "higher");
  assert.equal(first.code, 0, first.stderr);
  assert.match(first.stdout, /\/tokens\/input is in the catalogue/);
  const second = await set("--unit", "1000 tokens", "--better", "lower", "--json");
  assert.deepEqual(JSON.parse(second.stdout), { metric: "/tokens/input" });

  const listed = await metric("list");
  assert.match(listed.stdout, /METRIC +LABEL +UNIT +BETTER/);
  assert.match(listed.stdout, /\/tokens\/input +Input tokens +1000 tokens +lower/);
  assert.match(listed.stdout, /\/latency_ms +Latency +ms +lower/, "as shipped");
  const rows: { metric: string }[] = JSON.parse((await metric("list", "--json")).stdout);
  assert.equal(rows.filter((row) => row.metric === "/tokens/input").length, 1);
  await stack.stop();
  await Deno.remove(dataDirectory, { recursive: true });
});

Deno.test("admin metric refuses wrong usage", async () => {
  const cases: [string[], RegExp][] = [
    [[], /metric takes set or list/],
    [["set", "--unit", "ms"], /--metric is required/],
    [["set", "--metric", "f1"], /at least one of/],
    [["set", "--metric", "f1", "--better", "up"], /must be higher or lower/],
    [["set", "--metric", "f1", "--unit", "u".repeat(21)], /--unit must have 1 to 20 .* it has 21/],
    [["set", "--metric", "f1", "--label", ""], /--label must have 1 to 100 characters/],
  ];
  for (const [args, message] of cases) {
    const { code, stderr } = await runScript("admin", ["metric", ...args]);
    assert.equal(code, 2, args.join(" "));
    assert.match(stderr, message);
  }
});
